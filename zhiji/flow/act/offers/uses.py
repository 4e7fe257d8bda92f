"""Rules that a segment or a scheme's classes set off, or whose audience reads them."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.models import Rule
from zhiji.flow.act.queries import references
from zhiji.flow.segment.definitions.uses import Use, Users, What


def _rules(what: What, key: str) -> Sequence[Use]:
    found = Rule.objects.filter(archived_at=None).order_by("name")
    return [
        Use(one.name, reverse("rule", args=[one.key]), one.enabled_at is not None)
        for one in found
        if f"{what}:{key}" in references(one)
    ]


OFFERS = (Users(_("联动规则"), 10, _rules),)
