"""What happened to a customer, newest first, in words: facts of the root and of all merged into it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.portrait import PARTS
from zhiji.flow.profile.sealed import opened, parted
from zhiji.flow.profile.seen import HOUSE
from zhiji.flow.profile.words import GENDERS, word_of
from zhiji.flow.resolve.models import Customer
from zhiji.flow.resolve.queries import tree
from zhiji.kernel.facts import FactType, fact_types
from zhiji.kernel.keyset import Page, page
from zhiji.kernel.models import Fact

SIZE = 40
MOST_DETAILS = 12
IN_SENTENCE = 3
LONGEST_SEALED = 400
ICONS = (
    ("order_refunded", "receipt-refund"),
    ("order", "shopping-cart"),
    ("cart", "shopping-cart"),
    ("product", "eye"),
    ("page", "eye"),
    ("screen", "eye"),
    ("message_opened", "mail-opened"),
    ("message_clicked", "click"),
    ("message", "mail"),
    ("coupon", "ticket"),
    ("tag", "tag"),
    ("owner", "user-check"),
    ("priority", "flag"),
    ("task", "checklist"),
    ("consent", "shield-check"),
    ("customers_merged", "git-merge"),
    ("customers_unmerged", "arrows-split"),
    ("customer_identified", "id"),
    ("customer_registered", "login"),
    ("attributes", "pencil"),
    ("contact", "phone"),
    ("campaign", "gift"),
)


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
    def said(self) -> tuple[Detail, ...]:
        """The details that belong to the sentence; the rest is folded below it."""
        return self.details[:IN_SENTENCE]

    @property
    def folded(self) -> tuple[Detail, ...]:
        return self.details[IN_SENTENCE:]


def timeline(
    root_id: int, kinds: Sequence[str] = (), cursor: str = "", size: int = SIZE, until: datetime | None = None
) -> Page[Entry]:
    """One page of what happened, of the given fact names only if any, up to a moment if one is given."""
    members = tree(root_id)
    facts = Fact.objects.filter(customer_id__in=members)
    if until is not None:
        facts = facts.filter(occurred_at__lte=until)
    if kinds:
        facts = facts.filter(name__in=kinds)
    found = page(facts, ("-occurred_at", "-id"), size, cursor)
    return Page(entries(found.rows, members, root_id), found.next, found.previous)


def entries(facts: Sequence[Fact], members: Collection[int], root_id: int) -> list[Entry]:
    """Facts of a root's `members` in words, contact values masked."""
    declared = fact_types()
    known, words = opened(members, [fact.properties for fact in facts]), part_labels()
    return [_entry(fact, declared, root_id, known.masked, words) for fact in facts]


@transaction.atomic
def revealed(root_id: int, fact_id: int, *, by: User) -> Entry:
    """One entry with its contact values in clear, with an audit line. Raises Forbidden, Fact.DoesNotExist.

    The caller has asked whether `by` may see the customer.
    """
    require(by, "contacts:reveal")
    members = tree(root_id)
    fact = Fact.objects.get(pk=fact_id, customer_id__in=members)
    audit("contacts revealed", Customer(pk=root_id), by=by, fact=fact_id)
    return _entry(fact, fact_types(), root_id, opened(members, fact.properties).clear, part_labels())


def kinds(root_id: int) -> list[tuple[str, str, int]]:
    """(name, label, how many) of the kinds of facts this customer has, the most frequent first."""
    facts = Fact.objects.filter(customer_id__in=tree(root_id)).order_by()
    counted = facts.values_list("name").annotate(count=Count("id")).order_by("-count", "name")
    declared = fact_types()
    return [(name, label(name, declared), count) for name, count in counted]


def label(name: str, declared: Mapping[str, FactType]) -> str:
    """What a kind of fact is called on screens; its own name where nobody declared it."""
    return _(str(declared[name].label)) if name in declared else name


def _entry(
    fact: Fact,
    declared: Mapping[str, FactType],
    root_id: int,
    shown: Callable[[str], str],
    words: Mapping[str, str],
) -> Entry:
    """A fact in words; `shown` puts what may be seen in the place of sealed values, `words` name a portrait's parts."""
    plain, texts = parted(fact.properties)
    kind = declared.get(fact.name)
    words = {**{one.name: _(str(one.label)) for one in (kind.properties if kind else ())}, **words}
    sealed = [Detail(words.get(where, where), shown(text)[:LONGEST_SEALED]) for where, text in texts[:MOST_DETAILS]]
    return Entry(
        id=fact.pk,
        name=fact.name,
        label=label(fact.name, declared),
        icon=next((icon for start, icon in ICONS if fact.name.startswith(start)), "clock"),
        at=fact.occurred_at,
        details=(*_details(plain, kind, words)[:MOST_DETAILS], *sealed),
        own=fact.name not in HOUSE,
        merged=fact.customer_id != root_id,
        sealed=bool(sealed),
    )


def _details(properties: Mapping[str, Any], declared: FactType | None, words: Mapping[str, str]) -> list[Detail]:
    given = properties.get("traits") or properties.get("changes")
    if isinstance(given, dict):
        return _given(given, properties, words)
    if declared is None:
        return [Detail(name, _text(value)) for name, value in properties.items() if _speaks(value)]
    return [
        Detail(_(str(kind.label)), *_shown(kind.type, word_of(kind.name, properties[kind.name])))
        for kind in declared.properties
        if _speaks(properties.get(kind.name))
        and not (kind.type == "number" and kind.name in {"owner", "entry_id", "message"})
    ]


def _given(given: Mapping[str, Any], properties: Mapping[str, Any], words: Mapping[str, str]) -> list[Detail]:
    """Traits and edits: what became what."""
    said = [
        Detail(words.get(part, part.removeprefix("attributes.")), *_part(part, value))
        for part, value in given.items()
        if not isinstance(value, dict)
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
