from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        things={
            "commerce.order": pgettext_lazy("audit", "订单"),
        },
    ),
)
