"""How an explanation reads on the screen, in the reader's language."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiji.flow.segment.definitions.registry import Definitions
from zhiji.flow.segment.explain.evidence import Evidence
from zhiji.flow.segment.explain.explanation import ClassExplanation, Explanation, Part, Step
from zhiji.flow.segment.explain.presentation import shown_value
from zhiji.kernel import clock


@dataclass(frozen=True)
class Line:
    """A part of the tree as it is drawn. `group` is the group's word, "" of a leaf; `named` says whose definition
    the parts are. `facts` are (where on the customer's page, when, what)."""

    said: str
    holds: bool
    group: str
    value: str
    since: datetime | None
    until: datetime | None
    lacks: str
    named: str
    facts: list[tuple[str, datetime, str]] = field(default_factory=list)
    parts: list["Line"] = field(default_factory=list)


def line(part: Part, names: dict[str, str]) -> Line:
    """A part with all below it."""
    chinese = (get_language() or "zh").startswith("zh")
    word = {"all": _("以下全部成立"), "any": _("以下至少一条成立"), "not": _("以下不成立")}.get(part.kind, "")
    return Line(
        said=part.sentence if chinese else part.sentence_en,
        holds=part.holds,
        group="" if part.leaf else word,
        value=shown_value(part.value) if part.leaf else "",
        since=part.since,
        until=part.until,
        lacks=part.lacks if chinese else part.lacks_en,
        named=names.get(part.of, ""),
        facts=[_fact(one) for one in part.facts],
        parts=[line(one, names) for one in part.parts],
    )


def _fact(one: Evidence) -> tuple[str, datetime, str]:
    return f"?until={int(one.occurred_at.timestamp())}#fact-{one.id}", one.occurred_at, one.text


def ways(found: list[list[Part]]) -> list[list[str]]:
    """What would change it: sets of things that must all happen."""
    chinese = (get_language() or "zh").startswith("zh")
    return [[(one.lacks if chinese else one.lacks_en) or one.sentence for one in way] for way in found]


def names(known: Definitions) -> dict[str, str]:
    """What definitions are called, as parts refer to them."""
    found = {f"segment:{key}": _("客群“%(name)s”") % {"name": name} for key, name in known.names.segments.items()}
    for (scheme, one), name in known.names.classes.items():
        holder = known.names.schemes.get(scheme, scheme)
        found[f"class:{scheme}.{one}"] = _("“%(scheme)s”的“%(name)s”") % {"scheme": holder, "name": name}
    return found


def condition(found: Explanation, known: Definitions) -> dict[str, Any]:
    """What the template shows of a condition."""
    tree = line(found.tree, names(known))
    return {"tree": tree, "ways": ways(found.ways), "looked_back": clock.day_of(found.looked_back)}


def scheme(found: ClassExplanation, known: Definitions) -> dict[str, Any]:
    """What the template shows of a scheme's classes."""
    called = names(known)
    return {
        "found": known.names.classes.get((found.scheme, found.found), found.found),
        "then": known.names.classes.get((found.scheme, found.then or ""), found.then),
        "looked_back": clock.day_of(found.looked_back),
        "since": found.since,
        "until": found.until,
        "steps": [_step(one, called) for one in found.classes],
    }


def _step(one: Step, called: dict[str, str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "here": one.here,
        "tree": None if one.tree is None else line(one.tree, called),
        "ways": None if one.ways is None else ways(one.ways),
    }
