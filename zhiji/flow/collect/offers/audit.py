from typing import Any

from django.utils.translation import gettext, pgettext_lazy

from zhiji.access.words import AuditWords
from zhiji.flow.collect.files.mapping import records as offered_records


def _record(kind: Any) -> str:
    """What a file holds; "" of another kind."""
    found = offered_records().get(kind) if isinstance(kind, str) else None
    return gettext(found.label) if found else ""


OFFERS = (
    AuditWords(
        verbs={
            "event name removed": pgettext_lazy("audit", "删除事件映射 %(id)s"),
            "event name saved": pgettext_lazy("audit", "保存事件映射 %(id)s"),
            "import cancelled": pgettext_lazy("audit", "取消导入 %(id)s"),
            "import resumed": pgettext_lazy("audit", "继续导入 %(id)s"),
            "import started": pgettext_lazy("audit", "开始导入 %(id)s"),
            "quarantined event read": pgettext_lazy("audit", "查看隔离事件 %(id)s"),
            "quarantined fact discarded": pgettext_lazy("audit", "丢弃隔离事件 %(id)s"),
            "quarantined fact replayed": pgettext_lazy("audit", "重放隔离事件 %(id)s"),
            "lake tried again": pgettext_lazy("audit", "重试写入历史库 %(id)s"),
            "set-aside fact dropped": pgettext_lazy("audit", "丢弃出错的行为 %(id)s"),
            "set-aside fact tried again": pgettext_lazy("audit", "重试出错的行为 %(id)s"),
            "source created": pgettext_lazy("audit", "新建数据源 %(id)s"),
            "source disabled": pgettext_lazy("audit", "停用数据源 %(id)s"),
            "source enabled": pgettext_lazy("audit", "启用数据源 %(id)s"),
            "source renamed": pgettext_lazy("audit", "修改数据源 %(id)s 的名称"),
            "words for nothing changed": pgettext_lazy("audit", "修改表示“没有”的词"),
            "write key rotated": pgettext_lazy("audit", "更换数据源 %(id)s 的写入密钥"),
        },
        things={
            "collect.importrun": pgettext_lazy("audit", "导入"),
            "collect.nothingwords": pgettext_lazy("audit", "表示“没有”的词"),
            "collect.source": pgettext_lazy("audit", "数据源"),
            "kernel.lane": pgettext_lazy("audit", "历史库"),
            "kernel.setaside": pgettext_lazy("audit", "出错的行为"),
            "collect.eventname": pgettext_lazy("audit", "事件映射"),
            "collect.quarantined": pgettext_lazy("audit", "隔离事件"),
        },
        particulars={
            "file": pgettext_lazy("audit", "文件"),
            "key": pgettext_lazy("audit", "标识"),
            "mended": pgettext_lazy("audit", "改过内容"),
            "message": pgettext_lazy("audit", "消息编号"),
            "ours": pgettext_lazy("audit", "我们的名称"),
            "properties": pgettext_lazy("audit", "属性"),
            "stage": pgettext_lazy("audit", "出错的步骤"),
            "theirs": pgettext_lazy("audit", "来源的名称"),
        },
        tellers={"kind": _record},
    ),
)
