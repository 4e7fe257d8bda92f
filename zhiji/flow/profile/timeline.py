"""What happened to a customer, newest first, in words: facts of the root and of all merged into it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.portrait import PARTS
from zhiji.flow.profile.sealed import opened, parted
from zhiji.flow.profile.words import GENDERS, word_of
from zhiji.flow.resolve.models import Customer
from zhiji.flow.resolve.queries import tree
from zhiji.kernel import clock
from zhiji.kernel.facts import FactType, fact_types, icon_of, internal_names
from zhiji.kernel.keyset import Page, page
from zhiji.kernel.models import Fact
from zhiji.kernel.written import written_once
from zhiji.records.queries import Fields, declared, hidden_from, told_without

SIZE = 40
MOST_DETAILS = 12
IN_SENTENCE = 3
LONGEST_SEALED = 400


@dataclass(frozen=True)
class Detail:
    """A property as the timeline shows it; `look` is money, moment or text."""

    label: str
    value: Any
    look: str = "text"


@dataclass(frozen=True)
class Entry:
    """One fact in words. `own` is what the customer did, the rest is what we did. `merged` came with a merge.

    `sealed`: there are contact values in it, here masked.
    """

    id: int
    name: str
    label: str
    icon: str
    at: datetime
    details: tuple[Detail, ...]
    own: bool
    merged: bool
    sealed: bool = False

    @property
    def day(self) -> str:
        """The workspace's day on which it happened; `time` is its hour and minute."""
        return clock.day_of(self.at).isoformat()

    @property
    def time(self) -> str:
        return f"{self.at.astimezone(clock.zone()):%H:%M}"

    @property
    def said(self) -> tuple[Detail, ...]:
        """The details that belong to the sentence; the rest is folded below it."""
        return self.details[:IN_SENTENCE]

    @property
    def folded(self) -> tuple[Detail, ...]:
        return self.details[IN_SENTENCE:]


def timeline(
    root_id: int,
    user: User,
    kinds: Sequence[str] = (),
    cursor: str = "",
    size: int = SIZE,
    until: datetime | None = None,
) -> Page[Entry]:
    """One page of what happened, of the given fact names only if any, up to a moment if one is given.

    It tells of the fields that `user` may read.
    """
    members = tree(root_id)
    facts = Fact.objects.filter(customer_id__in=members)
    if until is not None:
        facts = facts.filter(occurred_at__lte=until)
    if kinds:
        facts = facts.filter(name__in=kinds)
    found = page(facts, ("-occurred_at", "-id"), size, cursor)
    return Page(entries(found.rows, members, root_id, user), found.next, found.previous)


def entries(facts: Sequence[Fact], members: Collection[int], root_id: int, user: User | None) -> list[Entry]:
    """Facts of a root's `members` in words, contact values masked; without `user` every field is told."""
    known, words = opened(members, [fact.properties for fact in facts]), Wording(user)
    return [_entry(fact, root_id, known.masked, words) for fact in facts]


@transaction.atomic
def revealed(root_id: int, fact_id: int, *, by: User) -> Entry:
    """One entry with its contact values in clear, with an audit line. Raises Forbidden, Fact.DoesNotExist.

    The caller has asked whether `by` may see the customer.
    """
    require(by, "contacts:reveal")
    members = tree(root_id)
    fact = Fact.objects.get(pk=fact_id, customer_id__in=members)
    audit("contacts revealed", Customer(pk=root_id), by=by, fact=fact_id)
    return _entry(fact, root_id, opened(members, fact.properties).clear, Wording(by))


def kinds(root_id: int) -> list[tuple[str, str, int]]:
    """(name, label, how many) of the kinds of facts this customer has, the most frequent first."""
    declared = fact_types()
    return [(name, label(name, declared), count) for name, count in _counted(root_id)]


@written_once
def _counted(root_id: int) -> QuerySet[Fact, tuple[str, int]]:
    members = Customer.objects.filter(root_id=root_id).values("id")
    counted = Fact.objects.filter(customer_id__in=members).order_by().values_list("name").annotate(count=Count("id"))
    return counted.order_by("-count", "name")


def label(name: str, declared: Mapping[str, FactType]) -> str:
    """What a kind of fact is called on screens; its own name where nobody declared it."""
    return _(str(declared[name].label)) if name in declared else name


class Wording:
    """What kinds of facts, their properties and a portrait's parts are called, looked up once for a page; and which
    custom fields the user may read."""

    def __init__(self, user: User | None) -> None:
        self.fields = declared()
        self.hidden = hidden_from(user, self.fields) if user else frozenset()
        self.parts = part_labels() | {key: one.label for key, one in self.fields.items()}
        self._of: dict[str, Mapping[str, str]] = {}

    def of(self, name: str) -> Mapping[str, str]:
        """The words of one kind of fact."""
        if name not in self._of:
            kind = fact_types().get(name)
            own = {one.name: _(str(one.label)) for one in (kind.properties if kind else ())}
            self._of[name] = {**own, **self.parts}
        return self._of[name]


def _entry(fact: Fact, root_id: int, shown: Callable[[Any], Any], wording: Wording) -> Entry:
    """A fact in words; `shown` puts what may be seen in the place of sealed values."""
    plain, texts = parted(told_without(fact.properties, wording.hidden))
    words = wording.of(fact.name)
    sealed = [Detail(words.get(where, where), shown(text)[:LONGEST_SEALED]) for where, text in texts[:MOST_DETAILS]]
    return Entry(
        id=fact.pk,
        name=fact.name,
        label=label(fact.name, fact_types()),
        icon=icon_of(fact.name),
        at=fact.occurred_at,
        details=(*_details(plain, fact_types().get(fact.name), words, wording.fields)[:MOST_DETAILS], *sealed),
        own=fact.name not in internal_names(),
        merged=fact.customer_id != root_id,
        sealed=bool(sealed),
    )


def _details(
    properties: Mapping[str, Any], kind: FactType | None, words: Mapping[str, str], fields: Fields
) -> list[Detail]:
    given = properties.get("traits") or properties.get("changes")
    if isinstance(given, dict):
        return _given(given, properties, words, fields)
    if kind is None:
        return [Detail(name, _text(value)) for name, value in properties.items() if _speaks(value)]
    return [
        Detail(_(str(one.label)), *_shown(one.type, word_of(one.name, properties[one.name])))
        for one in kind.properties
        if _speaks(properties.get(one.name))
        and not (one.type == "number" and one.name in {"owner", "entry_id", "message"})
    ]


def _given(
    given: Mapping[str, Any], properties: Mapping[str, Any], words: Mapping[str, str], fields: Fields
) -> list[Detail]:
    """Traits and edits: what became what."""
    named = [(part.removeprefix("attributes."), value) for part, value in given.items() if not isinstance(value, dict)]
    said = [
        Detail(words.get(part, part), fields[part].shown(value))
        if part in fields and _speaks(value)
        else Detail(words.get(part, part), *_part(part, value))
        for part, value in named
    ]
    return [*said, Detail(_("操作人"), properties["by"])] if properties.get("by") else said


def _part(part: str, value: Any) -> tuple[Any, str]:
    """A part's value as people read it, and its look."""
    if not _speaks(value):
        return _("清空"), "text"
    if part == "gender":
        return GENDERS.get(value, value), "text"
    return _shown("time" if part == "registered_at" else "text", value)


def part_labels() -> dict[str, str]:
    """What the parts of a portrait are called."""
    names = (_("姓名"), _("性别"), _("生日"), _("生日历法"), _("地区"), _("城市"))
    return {**dict(zip(PARTS, names, strict=True)), "registered_at": _("注册时间")}


def _speaks(value: Any) -> bool:
    return value is not None and value != "" and value != [] and value != {}


def _shown(kind: str, value: Any) -> tuple[Any, str]:
    if kind == "money":
        return value, "money"
    if kind == "flag":
        return (_("是") if value else _("否")), "text"
    if kind == "time":
        try:
            return datetime.fromisoformat(str(value)), "moment"
        except ValueError:
            return str(value), "text"
    return _text(value), "text"


def _text(value: Any) -> str:
    if isinstance(value, list):
        shown = _("、").join(str(one.get("name", "…") if isinstance(one, dict) else one) for one in value[:3])
        return shown + (_(" 等 %(count)d 项") % {"count": len(value)} if len(value) > 3 else "")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict):
        return _("%(count)d 项") % {"count": len(value)}
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
