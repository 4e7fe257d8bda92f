from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "customers merged": pgettext_lazy("audit", "合并客户（合并 %(id)s）"),
            "customers unmerged": pgettext_lazy("audit", "拆分客户（合并 %(id)s）"),
        },
        things={
            "resolve.customer": pgettext_lazy("audit", "客户"),
            "resolve.redirect": pgettext_lazy("audit", "合并"),
        },
        particulars={
            "loser": pgettext_lazy("audit", "并入方"),
            "proof": pgettext_lazy("audit", "依据"),
            "winner": pgettext_lazy("audit", "保留方"),
        },
    ),
)
