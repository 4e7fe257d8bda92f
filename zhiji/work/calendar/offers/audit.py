from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "holidays changed": pgettext_lazy("audit", "修改放假安排"),
            "working hours changed": pgettext_lazy("audit", "修改上班时间"),
        },
        things={"calendar.week": pgettext_lazy("audit", "工作日历")},
        particulars={"year": pgettext_lazy("audit", "年份"), "days": pgettext_lazy("audit", "天数")},
    ),
)
