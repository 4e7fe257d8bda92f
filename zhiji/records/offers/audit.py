from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "deed undone": pgettext_lazy("audit", "撤销批量操作 %(id)s"),
            "field created": pgettext_lazy("audit", "新建字段 %(id)s"),
            "field edited": pgettext_lazy("audit", "修改字段 %(id)s"),
            "field moved": pgettext_lazy("audit", "调整字段 %(id)s 的顺序"),
            "field archived": pgettext_lazy("audit", "归档字段 %(id)s"),
            "field restored": pgettext_lazy("audit", "恢复字段 %(id)s"),
            "list exported": pgettext_lazy("audit", "导出%(object)s 看到的列表"),
            "view removed": pgettext_lazy("audit", "删除视图 %(id)s"),
            "view saved": pgettext_lazy("audit", "保存视图 %(id)s"),
        },
        things={
            "records.deed": pgettext_lazy("audit", "批量操作"),
            "records.customfield": pgettext_lazy("audit", "字段"),
            "records.savedview": pgettext_lazy("audit", "视图"),
        },
        particulars={
            "act": pgettext_lazy("audit", "操作"),
            "label": pgettext_lazy("audit", "名称"),
            "type": pgettext_lazy("audit", "类型"),
            "choices": pgettext_lazy("audit", "可选的值"),
            "readers": pgettext_lazy("audit", "谁可查看"),
            "required": pgettext_lazy("audit", "必填"),
            "section": pgettext_lazy("audit", "分组"),
            "to": pgettext_lazy("audit", "第几位"),
            "unique": pgettext_lazy("audit", "不可重复"),
            "writers": pgettext_lazy("audit", "谁可修改"),
        },
    ),
)
