from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords
from zhiji.work.notices.models import Rhythm

OFFERS = (
    AuditWords(
        verbs={"notices chosen": pgettext_lazy("audit", "修改用户 %(id)s 的通知设置")},
        particulars={
            "every": pgettext_lazy("audit", "邮件汇总"),
            "hour": pgettext_lazy("audit", "几点"),
            "off": pgettext_lazy("audit", "不再通知"),
        },
        values={"every": {one.value: one.label for one in Rhythm.Every}},
    ),
)
