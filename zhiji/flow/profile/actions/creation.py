"""A customer entered by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.access.personal import holds_any
from zhiji.access.roles import require
from zhiji.flow.collect.queries.words import words
from zhiji.flow.profile import contacts, portrait_store
from zhiji.flow.profile.actions.custom import allow, claim, count_claims
from zhiji.flow.profile.actions.edits import read_part, read_tag
from zhiji.flow.profile.last_seen import make_portraits
from zhiji.flow.profile.lookups import count_member
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.portrait import tell
from zhiji.flow.profile.sealed import told_of
from zhiji.flow.profile.search import search
from zhiji.flow.profile.visibility import only_owner
from zhiji.flow.resolve.actions import add_customer, wait_for_batch
from zhiji.kernel import clock
from zhiji.kernel.deadlocks import atomic_again
from zhiji.kernel.facts import NewFact, logged_for, message_key, record
from zhiji.kernel.values import identifier, sure
from zhiji.records.queries import declared

SCOPE = "profile.created"


@dataclass(frozen=True)
class Entered:
    """What somebody typed of a new customer, as typed; `parts` as edit_attributes takes them."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "person"
    member: str = ""
    contacts: Sequence[tuple[str, str]] = ()
    tags: Sequence[str] = ()
    owner: User | None = None
    priority: int = 0
    consent: Mapping[str, bool] = field(default_factory=dict)
    proof: str = ""


class KnownAlready(ValueError):
    """Customers whom the user sees have this number, address or member number: open one of them, or say `anyway`."""

    def __init__(self, customers: Sequence[Portrait]) -> None:
        super().__init__(customers)
        self.customers = customers

    def __str__(self) -> str:
        named = _("、").join(f"{one.name or _('未具名')}（{one.pk}）" for one in self.customers)
        return _("已有客户%(named)s用这个号码、邮箱或会员号；请打开核对，不是同一位再新建。") % {"named": named}


def known(user: User, entered: Entered) -> list[Portrait]:
    """The customers `user` may see who have these values. Each is counted as a search. Raises TooOften."""
    values = [value for kind, value in entered.contacts if kind != "address"]
    values += [f"user:{entered.member}"] if entered.member else []
    return list({one.pk: one for value in values for one in search(user, value, 3)}.values())


def create_customer(*, entered: Entered, key: str, by: User, anyway: bool = False) -> tuple[int, bool]:
    """Make the customer, owned by whoever sees only their own. Returns their id, and whether they are new.

    The same `key` again is the same customer. Raises Forbidden, ValueError with advice, KnownAlready unless `anyway`,
    resolve.actions.IdentityTaken, TooOften.
    """
    require(by, "customers:write")
    clean = _read(entered, by)
    once = message_key(SCOPE, f"{by.pk}:{key}")
    made = logged_for(once)
    if made is None:
        count_claims(clean.parts, declared(), by)
    if made is None and clean.member:
        count_member(by, clean.member)
    if made is None and not anyway and (there := known(by, clean)):
        raise KnownAlready(there)
    return (made, False) if made is not None else _create(clean, f"{by.pk}:{key}", by)


def _read(entered: Entered, by: User) -> Entered:
    """The same with every value in the one writing. Raises ValueError with advice."""
    spoken, fields = words(), declared()
    given = {part: value for part, value in entered.parts.items() if value not in (None, "")}
    allow(given, fields, by)
    parts = {part: read_part(part, value, spoken, fields) for part, value in given.items()}
    found = [(kind, privacy.normalise(kind, value)) for kind, value in entered.contacts if value.strip()]
    member = privacy.person_id(sure(identifier.parse(entered.member))) if entered.member.strip() else ""
    if not (parts.get("name") or found or member):
        raise ValueError(_("姓名、电话、邮箱、会员号至少填写一项，以后才找得到这位客户。"))
    if not 0 <= entered.priority <= 3:
        raise ValueError(_("优先级只能是 0（普通）到 3（最高）"))
    if entered.consent and not entered.proof.strip():
        raise ValueError(_("请写明授权的依据，例如：门店入会申请表 2026-05-03。"))
    if any(holds_any(tag) for tag in entered.tags):
        raise ValueError(_("标签是大家共用的词，里面不能有电话、邮箱、证件号或卡号；请写进客户的自定义字段。"))
    return Entered(
        parts={part: value for part, value in parts.items() if value not in (None, "")},
        kind=entered.kind,
        member=member,
        contacts=found,
        tags=[read_tag(tag)[0] for tag in entered.tags if tag.strip()],
        owner=by if only_owner(by) is not None else entered.owner,
        priority=entered.priority,
        consent=dict(entered.consent),
        proof=" ".join(entered.proof.split())[:200],
    )


@atomic_again
def _create(clean: Entered, key: str, by: User) -> tuple[int, bool]:
    wait_for_batch()
    if (made := logged_for(message_key(SCOPE, key))) is not None:  # another press of the button was first
        return made, False
    identity = f"user:{clean.member}" if clean.member else None
    customer = add_customer(identity=identity, kind=clean.kind, told=_noted(clean), by=by)
    claim(clean.parts, declared(), [customer], by)
    moment = clock.now()
    make_portraits([customer], moment)
    contacts.keep(contacts.NewContact(customer, kind, value, moment) for kind, value in clean.contacts)
    standing = portrait_store.load([customer])
    facts = []
    for position, (name, properties) in enumerate(_said(clean)):
        said = told_of(standing, {**properties, "by": str(by)})[customer]
        tell(standing[customer], name, moment, said)
        once = key if position == 0 else f"{key}:{position}"
        facts.append(NewFact(name, moment, SCOPE, once, said, customer_id=customer))
    portrait_store.save(standing, moment)
    record(facts)
    return customer, True


def _noted(clean: Entered) -> dict[str, Any]:
    """What the audit says of it: no values."""
    return {
        "parts": sorted(clean.parts),
        "contacts": sorted({kind for kind, _value in clean.contacts}),
        "owner": clean.owner.pk if clean.owner else None,
        "tags": list(clean.tags),
        "consent": dict(clean.consent),
    }


def _said(clean: Entered) -> list[tuple[str, dict[str, Any]]]:
    """The facts that tell it, the first of them that the customer was made."""
    found: list[tuple[str, dict[str, Any]]] = [("customer_created", {"kind": clean.kind})]
    if clean.parts:
        found.append(("attributes_changed", {"changes": dict(clean.parts)}))
    if clean.owner is not None:
        found.append(("owner_assigned", {"owner": clean.owner.pk, "owner_name": str(clean.owner)}))
    if clean.priority:
        found.append(("priority_set", {"priority": clean.priority}))
    found += [("tag_added", {"tag": tag}) for tag in clean.tags]
    for channel, granted in clean.consent.items():
        said = {"channel": channel, "purpose": "marketing", "granted": granted, "proof": clean.proof}
        found.append(("consent_changed", said))
    return found
