"""What happens to identities."""

from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property

OFFERS = (
    FactType(
        "customers_merged",
        _("合并客户"),
        "git-merge",
        (
            Property("loser", "number", _("并入方")),
            Property("winner", "number", _("保留方")),
            Property("proof", "text", _("依据")),
        ),
    ),
    FactType(
        "customers_unmerged",
        _("拆分客户"),
        "arrows-split",
        (Property("loser", "number", _("拆出方")), Property("winner", "number", _("保留方"))),
    ),
)
