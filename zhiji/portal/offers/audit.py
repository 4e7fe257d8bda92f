from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={"portal link made": pgettext_lazy("audit", "生成顾客页面链接 %(id)s")},
        things={},
        particulars={"until": pgettext_lazy("audit", "有效期至")},
    ),
)
