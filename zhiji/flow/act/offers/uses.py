"""Rules that a segment or a scheme's classes set off, or whose audience reads them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.models import Rule
from zhiji.flow.segment.uses import Use, Users, What


def _rules(what: What, key: str) -> Sequence[Use]:
    found = Rule.objects.filter(archived_at=None).order_by("name")
    return [
        Use(one.name, reverse("rule", args=[one.key]), one.enabled_at is not None)
        for one in found
        if any(part.get(what) == key for part in _parts([one.trigger, one.audience]))
    ]


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a definition."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _parts(one)


OFFERS = (Users(_("联动规则"), 10, _rules),)
