from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "comment written": pgettext_lazy("audit", "写备注 %(id)s"),
            "comment edited": pgettext_lazy("audit", "修改备注 %(id)s"),
            "comment deleted": pgettext_lazy("audit", "删除备注 %(id)s"),
        },
        things={"comments.comment": pgettext_lazy("audit", "备注")},
        particulars={
            "of": pgettext_lazy("audit", "关于"),
            "of_id": pgettext_lazy("audit", "记录编号"),
        },
    ),
)
