from typing import Any

from django.utils.translation import get_language, pgettext_lazy

from zhiji.access.words import AuditWords
from zhiji.flow.segment.catalogue.sentence import said


def _condition(tree: Any) -> str:
    """A condition as a sentence in the reader's language."""
    return said(tree, get_language() or "zh-hans") if isinstance(tree, dict) else ""


OFFERS = (
    AuditWords(
        verbs={
            "build asked for": pgettext_lazy("audit", "请求重算 %(id)s"),
            "build cancelled": pgettext_lazy("audit", "取消重算 %(id)s"),
            "cut points published": pgettext_lazy("audit", "发布分界点 %(id)s"),
            "export cancelled": pgettext_lazy("audit", "取消导出 %(id)s"),
            "scheme classes edited": pgettext_lazy("audit", "修改分类方案 %(id)s 的类别"),
            "scheme created": pgettext_lazy("audit", "新建分类方案 %(id)s"),
            "scheme edited": pgettext_lazy("audit", "修改分类方案 %(id)s"),
            "segment archived": pgettext_lazy("audit", "归档客群 %(id)s"),
            "segment created": pgettext_lazy("audit", "新建客群 %(id)s"),
            "segment edited": pgettext_lazy("audit", "修改客群 %(id)s"),
        },
        things={
            "segment.cutpoints": pgettext_lazy("audit", "分界点"),
            "segment.scheme": pgettext_lazy("audit", "分类方案"),
            "segment.segment": pgettext_lazy("audit", "客群"),
            "segment.build": pgettext_lazy("audit", "重算"),
        },
        particulars={
            "classes": pgettext_lazy("audit", "类别"),
            "condition": pgettext_lazy("audit", "条件"),
            "description": pgettext_lazy("audit", "说明"),
            "fire": pgettext_lazy("audit", "触发规则"),
            "measure": pgettext_lazy("audit", "指标"),
            "schemes": pgettext_lazy("audit", "分类方案"),
            "segments": pgettext_lazy("audit", "客群"),
        },
        tellers={"condition": _condition},
    ),
)
