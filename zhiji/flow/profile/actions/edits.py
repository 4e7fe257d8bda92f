"""Edits of portraits, one or many at once. Each is a fact; the portrait takes it in at once by the pipeline's own code.

All take `customer_ids` (roots; merged ones are followed), `by` (None: the house itself) and `cause` (what made the
house do it, such as a rule's name), and answer the roots that changed. Raise Forbidden when the role may not, or when
a customer isn't among those the user may see.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.personal import holds_any
from zhiji.access.roles import NotYours, require
from zhiji.flow.collect import attributes
from zhiji.flow.collect.queries.words import words
from zhiji.flow.profile import portrait_store
from zhiji.flow.profile.actions.custom import allow, claim, count_claims
from zhiji.flow.profile.models import Tag
from zhiji.flow.profile.portrait import PARTS, State, tell
from zhiji.flow.profile.sealed import told_of
from zhiji.flow.profile.visibility import visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.flow.resolve.queries import roots_of
from zhiji.kernel import clock
from zhiji.kernel.deadlocks import atomic_again
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.values import Refusal, sure
from zhiji.kernel.values import tag as tags
from zhiji.kernel.values.nothing import Words
from zhiji.records.models import WrongValue
from zhiji.records.naming import misnamed
from zhiji.records.queries import Fields, declared

Cause = str | Mapping[str, Any]
"""What made the house do it: a name, or properties for the fact (`by`, and a rule's chain)."""


def assign_owner(*, customer_ids: Iterable[int], owner: User | None, by: User | None, cause: Cause = "") -> list[int]:
    """Give the customers to `owner` (None: to nobody)."""
    properties = {"owner": owner.pk if owner else None, "owner_name": str(owner) if owner else ""}
    return _tell(customer_ids, "owner_assigned", properties, by, cause, lambda state: state.owner_id)


def set_priority(*, customer_ids: Iterable[int], priority: int, by: User | None, cause: Cause = "") -> list[int]:
    """Set the service priority, 0 normal to 3 highest. Raises ValueError beyond."""
    if not 0 <= priority <= 3:
        raise ValueError(_("优先级只能是 0（普通）到 3（最高）"))
    return _tell(customer_ids, "priority_set", {"priority": priority}, by, cause, lambda state: state.priority)


def add_tag(*, customer_ids: Iterable[int], tag: str, by: User | None, cause: Cause = "") -> list[int]:
    """Put a tag on the customers, made where it is new. Raises ValueError for an empty or long one."""
    if holds_any(tag):
        raise ValueError(_("标签是大家共用的词，里面不能有电话、邮箱、证件号或卡号；请写进客户的自定义字段。"))
    name, key = read_tag(tag)
    return _tell(customer_ids, "tag_added", {"tag": name}, by, cause, lambda state: key in state.tags)


def remove_tag(*, customer_ids: Iterable[int], tag: str, by: User | None, cause: Cause = "") -> list[int]:
    """Take a tag off the customers."""
    name, key = read_tag(tag)
    return _tell(customer_ids, "tag_removed", {"tag": name}, by, cause, lambda state: key in state.tags)


def edit_attributes(
    *, customer_ids: Iterable[int], changes: Mapping[str, Any], by: User | None, cause: str = ""
) -> list[int]:
    """Change portrait parts (name, gender, birthday, region, city …) or custom fields (`attributes.x`; None removes).

    Raises ValueError for a part there isn't or a value that won't do; of a declared field WrongValue, and MayNotWrite.
    """
    fields = declared()
    read = read_changes(changes, fields, by)
    return _edit(frozenset(customer_ids), read, fields, by, cause)


def read_changes(changes: Mapping[str, Any], fields: Fields, by: User | None) -> dict[str, Any]:
    """Changes as they are kept, which `by` may make. Raises as edit_attributes."""
    allow(changes, fields, by)
    read = {part: read_part(part, value, words(), fields) for part, value in changes.items()}
    allow(read, fields, by)
    count_claims(read, fields, by)
    return read


@atomic_again
def _edit(
    customer_ids: frozenset[int], read: Mapping[str, Any], fields: Fields, by: User | None, cause: str
) -> list[int]:
    claim(read, fields, targets(customer_ids, by), by)
    return _tell(
        customer_ids,
        "attributes_changed",
        {"changes": dict(read)},
        by,
        cause,
        lambda state: (dict(state.parts), dict(state.attributes)),
    )


def read_part(part: str, value: Any, words: Words, fields: Fields) -> Any:
    """A value as every door reads it. A part that is emptied is the empty text, a custom field is gone."""
    if part not in PARTS and not part.startswith("attributes."):
        raise ValueError(_("客户资料里没有“%(part)s”；自定义字段写作 attributes.%(part)s") % {"part": part})
    custom = part.removeprefix("attributes.")
    if part not in PARTS and value is not None and (unfit := misnamed(custom)):
        raise ValueError(str(unfit))
    found = attributes.read(custom, value, words, clock.now(), fields if part not in PARTS else {})
    if isinstance(found, Refusal) and custom in fields and part not in PARTS:
        raise WrongValue(fields[custom], found)
    found = sure(found)
    return "" if found is None and part in PARTS else found


def set_consent(
    *,
    customer_ids: Iterable[int],
    channel: str,
    granted: bool,
    by: User | None,
    purpose: str = "marketing",
    proof: str = "",
    cause: str = "",
) -> list[int]:
    """Write down that the customers allow (or no longer allow) `channel` for `purpose`, and by what proof."""
    properties = {"channel": channel, "purpose": purpose, "granted": granted, "proof": proof or str(by or cause)}

    def word(state: State) -> object:
        known = state.consents.get((channel, purpose))
        return known and known.granted

    return _tell(customer_ids, "consent_changed", properties, by, cause, word)


def read_tag(text: str) -> tuple[str, str]:
    """A tag as it was first written, and its key."""
    word = sure(tags.parse(text))
    key = tags.key(word)
    return Tag.objects.filter(key=key).values_list("name", flat=True).first() or word, key


def _tell(
    customer_ids: Iterable[int], name: str, properties: dict[str, Any], by: User | None, cause: Cause, part: Any
) -> list[int]:
    """Take a fact into the portraits; the pipeline may be at the same rows, in another order."""
    return _tell_once(frozenset(customer_ids), name, properties, by, cause, part)


@atomic_again
def _tell_once(
    customer_ids: frozenset[int], name: str, properties: dict[str, Any], by: User | None, cause: Cause, part: Any
) -> list[int]:
    """Take a fact into the portraits, record it of those for which `part` of the state became another, audit it."""
    require(by, "customers:write")
    moment = clock.now()
    told = {"by": str(by) if by else cause} if isinstance(cause, str) else dict(cause)
    standing = portrait_store.load(targets(customer_ids, by))
    said = told_of(standing, {**properties, **told})
    changed = {}
    for root, state in standing.items():
        before = part(state)
        tell(state, name, moment, said[root])
        if part(state) != before:
            changed[root] = state
    portrait_store.save(changed, moment)
    record(
        NewFact(
            name=name,
            occurred_at=moment,
            scope="profile",
            key=uuid4().hex,
            customer_id=root,
            properties=said[root],
        )
        for root in changed
    )
    if changed:
        first = Customer(pk=next(iter(changed)))
        audit(name.replace("_", " "), first, by=by, customers=list(changed), cause=cause, **properties)
    return list(changed)


def targets(customer_ids: Iterable[int], by: User | None) -> set[int]:
    """The roots of these customers. Raises Forbidden if `by` may not see one of them."""
    wanted = set(customer_ids)
    roots = roots_of(wanted)
    if by is not None:
        seen = set(visible_to(by).filter(customer_id__in=roots.values()).values_list("customer_id", flat=True))
        if len(roots) < len(wanted) or set(roots.values()) - seen:
            raise NotYours
    return set(roots.values())
