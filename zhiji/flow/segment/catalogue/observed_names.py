"""What was seen here: names for completion, and doubts about a condition that speaks of what never was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.flow.profile.queries import owned_sql, tag_names
from zhiji.flow.segment.catalogue import terms
from zhiji.flow.segment.conditions import Node, reads
from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.kernel.facts import asleep
from zhiji.kernel.values import tag

ALIKE, SUGGESTED, MANY = 0.5, 3, 50
TEXTS = ("eq", "ne", "in", "not_in")
HAS_FIELD = f"""
SELECT EXISTS (
    SELECT 1 FROM (
        SELECT attributes FROM profile_portrait WHERE {owned_sql("customer_id")}
        ORDER BY customer_id DESC LIMIT 20000
    ) p WHERE attributes ? %(name)s
)
"""
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Warning:
    """A doubt: what at `path` was never seen, and what may have been meant: {label, path, value}."""

    path: str
    text: str
    take: list[dict[str, Any]]


@dataclass(frozen=True)
class Mention:
    """A name or value in a tree: what kind of thing, of which fact (and property), and where."""

    kind: str
    name: str
    path: str
    fact: str = ""
    of: str = ""


def seen(kind: str, of: str | None) -> Iterable[str]:
    """Keys of facts, of a fact's properties, of custom fields or tags that were seen here."""
    if kind == "fact":
        return [one.key for one in terms.facts()]
    if kind == "property":
        return [one.key for one in terms.properties(of)] if of else []
    if kind == "attribute":
        return [one["key"] for one in terms.attributes() if one.get("custom")]
    return tag_names() if kind == "tag" else []


def warnings(node: Node, owner: int | None = None) -> list[Warning]:
    """What a condition speaks of that was never seen here, or of one owner's customers, with what is most like it. It
    may still come."""
    look = _Look(owner)
    doubts = [found for one in mentions(msgspec.to_builtins(node)) if (found := look.doubt(one))]
    return [*(Warning("", text, []) for text in closed(node)), *doubts]


def closed(node: Node) -> list[str]:
    """That desks are off whose facts a condition reads."""
    desks = {str(desk) for name, desk in asleep().items() if name in reads(node).facts}
    return [_("“%(desk)s”已关闭") % {"desk": desk} for desk in sorted(desks)]


class _Look:
    """Looks things up, each once."""

    def __init__(self, owner: int | None) -> None:
        self.facts = cache(lambda: [(one.key, one.label) for one in terms.facts()])
        self.properties = cache(lambda fact: [(one.key, one.label) for one in terms.properties(fact, owner)])
        self.attributes = cache(lambda: terms.attributes(owner))
        self.tags = cache(tag_names)
        self.values = cache(lambda fact, name: terms.values(fact, name, owner))
        self.has_field = cache(lambda name: _has_field(name, owner))

    def doubt(self, one: Mention) -> Warning | None:
        return {
            "fact": self._fact, "property": self._property, "attribute": self._attribute, "tag": self._tag,
            "value": self._value, "held": self._held,
        }[one.kind](one)  # fmt: skip

    def _fact(self, one: Mention) -> Warning | None:
        known = self.facts()
        if one.name in dict(known) or one.name in asleep():
            return None
        return doubt(one, _("没有见过行为“%(name)s”") % {"name": one.name}, known)

    def _property(self, one: Mention) -> Warning | None:
        known = self.properties(one.fact)
        if not known or one.name in dict(known):
            return None
        fact = dict(self.facts()).get(one.fact, one.fact)
        text = _("行为“%(fact)s”没有见过属性“%(name)s”") % {"fact": fact, "name": one.name}
        return doubt(one, text, known)

    def _attribute(self, one: Mention) -> Warning | None:
        known: Choices = [(found["key"], found["label"]) for found in self.attributes()]
        if one.name in dict(known) or self.has_field(one.name.removeprefix(CUSTOM)):
            return None
        return doubt(one, _("没有见过客户资料“%(name)s”") % {"name": one.name.removeprefix(CUSTOM)}, known)

    def _tag(self, one: Mention) -> Warning | None:
        known = self.tags()
        if tag.key(one.name) in map(tag.key, known):
            return None
        return doubt(one, _("没有见过标签“%(name)s”") % {"name": one.name}, [(name, name) for name in known])

    def _value(self, one: Mention) -> Warning | None:
        """A text that a property never had, where few enough were seen to tell."""
        held = self.values(one.fact, one.of)
        label = dict(self.properties(one.fact)).get(one.of, one.of)
        return _unheld(one, label, [(value, value) for value in held], MANY)

    def _held(self, one: Mention) -> Warning | None:
        """A text that an attribute never had."""
        for found in self.attributes():
            if found["key"] == one.of:
                return _unheld(one, found["label"], [tuple(value) for value in found["values"]], MANY + 10)
        return None


def _unheld(one: Mention, label: str, held: Choices, many: int) -> Warning | None:
    if not held or len(held) >= many or one.name in dict(held):
        return None
    return doubt(one, _("“%(name)s”没有见过“%(value)s”这个值") % {"name": label, "value": one.name}, held)


def doubt(one: Mention, text: str, known: Choices) -> Warning:
    """A warning with what is most like the name, by key and by label."""
    bare = one.name.removeprefix(CUSTOM)
    words = {word: key for key, label in known for word in (key, key.removeprefix(CUSTOM), label)}
    close = list(dict.fromkeys(words[word] for word in get_close_matches(bare, words, n=6, cutoff=ALIKE)))
    labels = dict(known)
    take = [{"label": labels[key], "path": one.path, "value": key} for key in close[:SUGGESTED]]
    return Warning(one.path, text, take)


def _has_field(name: str, owner: int | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HAS_FIELD, {"name": name, "owner": owner})
        row = cursor.fetchone()
    return bool(row and row[0])


def mentions(part: Any, path: str = "$", fact: str = "") -> Iterator[Mention]:
    """Every name and compared text of a plain tree that could be unknown."""
    if isinstance(part, list):
        for index, one in enumerate(part):
            yield from mentions(one, f"{path}[{index}]", fact)
    if not isinstance(part, dict) or part.get("kind") == "offered":
        return
    if isinstance(part.get("fact"), str):
        fact = part["fact"]
        yield Mention("fact", fact, f"{path}.fact")
    yield from _named(part, path, fact)
    for name, one in part.items():
        yield from mentions(one, f"{path}.{name}", fact)


def _named(part: dict[str, Any], path: str, fact: str) -> Iterator[Mention]:
    """The names and texts of one object itself."""
    kind, of = part.get("kind"), part.get("property")
    if isinstance(of, str) and part.get("measure") != "count":
        yield Mention("property", of, f"{path}.property", fact)
    if isinstance(part.get("same"), str):
        first = part["steps"][0]["fact"] if "steps" in part else fact
        yield Mention("property", part["same"], f"{path}.same", first)
    if kind == "tag":
        yield Mention("tag", part["tag"], f"{path}.tag")
    field = "name" if kind == "attribute" else "attribute"
    if isinstance(part.get(field), str) and part[field] not in ATTRIBUTES:
        yield Mention("attribute", part[field], f"{path}.{field}")
    if part.get("op") not in TEXTS:
        return
    many = isinstance(part.get("value"), list)
    for index, value in enumerate(part["value"] if many else [part.get("value")]):
        at = f"{path}.value[{index}]" if many else f"{path}.value"
        if isinstance(value, str) and isinstance(of, str) and "measure" not in part:
            yield Mention("value", value, at, fact, of)
        elif isinstance(value, str) and kind == "attribute" and part["name"] in ATTRIBUTES:
            yield Mention("held", value, at, of=part["name"])
