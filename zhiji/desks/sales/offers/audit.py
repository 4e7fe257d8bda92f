from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "task closed": pgettext_lazy("audit", "完成任务 %(id)s"),
            "task dropped": pgettext_lazy("audit", "放弃任务 %(id)s"),
            "task opened": pgettext_lazy("audit", "新建任务 %(id)s"),
            "task postponed": pgettext_lazy("audit", "推迟任务 %(id)s"),
            "task reassigned": pgettext_lazy("audit", "转交任务 %(id)s"),
            "task reopened": pgettext_lazy("audit", "重新打开任务 %(id)s"),
        },
        things={
            "sales.task": pgettext_lazy("audit", "任务"),
        },
        particulars={
            "outcome": pgettext_lazy("audit", "结果"),
            "title": pgettext_lazy("audit", "标题"),
        },
    ),
)
