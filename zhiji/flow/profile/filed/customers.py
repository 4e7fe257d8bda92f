"""Customers of a file become `customer_identified` facts; contact values travel sealed.

A row is known where what it says is what is kept now. So a value that returns wins, whoever replaced it meanwhile. A
row without an update time is said now; but it knows nothing newer than the customer's own act, so it never gives back
a consent that was withdrawn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
from django.utils.translation import gettext as _

from zhiji.access import privacy
from zhiji.flow.collect.files.known import known_keys, record_new
from zhiji.flow.collect.files.record import Origin, Refusal, Taken
from zhiji.flow.collect.files.typed import ARROW
from zhiji.flow.profile import sealed
from zhiji.flow.profile.filed.standing import Kept, Outcome, Standing
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, key_of, record
from zhiji.kernel.values.number import written

CONTACTS = ("phone", "email", "address")


@dataclass
class _Sheet:
    """What comes of the rows of a chunk."""

    origin: Origin
    now: datetime
    facts: list[tuple[Outcome, NewFact]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    left_out: list[Refusal] = field(default_factory=list)
    known: int = 0


@dataclass
class _Row:
    """A row: its number, whose it is (an identity's key or a customer's id), what it says and when."""

    number: int
    id: str
    key: str | int
    at: datetime
    dated: bool
    traits: dict[str, Any]
    compared: dict[str, Any]
    contacts: dict[str, str]


def take(rows: pa.Table, origin: Origin) -> Taken:
    """One `customer_identified` fact a row that says something new; `customer_registered` once."""
    sheet = _Sheet(origin, clock.now())
    found = rows.to_pylist()
    for name in [one.name for one in rows.schema if one.type == ARROW["json"]]:
        for row in found:
            row[name] = None if row[name] is None else orjson.loads(row[name])
    standing = Standing(
        sorted({origin.identity(row["id"]) for row in found if row["id"] is not None}),
        sorted({row["customer"] for row in found if row["customer"] is not None}),
    )
    registered: list[NewFact] = []
    for row in _rows(found, sheet, standing):
        _one(row, standing.of(row.key), sheet)
        if "registered_at" in row.traits:
            registered.append(_registered(row, origin))
    older = _record(sheet)
    record_new(registered)
    taken = len(found) - len(sheet.refused) - sheet.known - older
    return Taken(taken, sheet.known, sheet.refused, sheet.left_out, older)


def _rows(found: Iterable[dict[str, Any]], sheet: _Sheet, standing: Standing) -> Iterator[_Row]:
    for row in found:
        customer = row["customer"]
        if customer is not None and not standing.knows(customer):
            reason = _("没有编号为 %(id)s 的客户") % {"id": customer}
            sheet.refused.append(Refusal(row["_row"], "customer", reason))
            continue
        traits = {name: value for name, value in _traits(row).items() if value is not None}
        said = orjson.loads(orjson.dumps(traits, default=written))
        yield _Row(
            row["_row"],
            f"#{customer}" if row["id"] is None else row["id"],
            sheet.origin.identity(row["id"]) if customer is None else customer,
            row["updated_at"] or sheet.now,
            row["updated_at"] is not None,
            said,
            sealed.comparable(said),
            {kind: privacy.normalise(kind, row[kind]) for kind in CONTACTS if row[kind] is not None},
        )


def _traits(row: dict[str, Any]) -> dict[str, Any]:
    consent = row["consent_email"]
    return {
        "name": row["name"],
        "gender": row["gender"],
        "birthday": row["birthday"],
        "birthday_calendar": row["birthday_calendar"],
        "region": row["region"],
        "city": row["city"],
        "registered_at": row["registered_at"],
        "consent": None if consent is None else {"email": consent},
        **{name.partition(".")[2]: value for name, value in row.items() if name.startswith("attributes.")},
    }


def _one(row: _Row, kept: Kept, sheet: _Sheet) -> None:
    """Hold a row against what is kept, and keep what it says."""
    if not row.dated and row.traits.get("consent") == {"email": True} and kept.withdrew("email"):
        del row.traits["consent"], row.compared["consent"]
        reason = _("客户已退订；没有更新时间的文件不能改回，请让客户自己订阅，或给出退订之后的更新时间")
        sheet.left_out.append(Refusal(row.number, "consent_email", reason))
    outcome = kept.outcome(row.at, row.compared, row.contacts)
    if outcome is Outcome.SAME:
        sheet.known += 1
        return
    fact = _identified(row, sheet)
    kept.tell(fact.name, row.at, {**fact.properties, "traits": row.compared}, row.contacts)
    sheet.facts.append((outcome, fact))


def _identified(row: _Row, sheet: _Sheet) -> NewFact:
    content = orjson.dumps([row.traits, row.contacts], option=orjson.OPT_SORT_KEYS)
    said = privacy.digest("row", content.decode()).hex()[:16]
    once = "" if row.dated else f":{row.number}"
    return NewFact(
        name="customer_identified",
        occurred_at=row.at,
        scope=sheet.origin.scope("customer"),
        key=f"{row.key}:{said}:{row.at.isoformat()}{once}",
        properties={"traits": row.traits} | ({} if row.dated else {"undated": True}),
        identity=row.key if isinstance(row.key, str) else None,
        customer_id=row.key if isinstance(row.key, int) else None,
        source_id=sheet.origin.source_id,
        sealed=privacy.seal(orjson.dumps(row.contacts), "traits") if row.contacts else None,
    )


def _record(sheet: _Sheet) -> int:
    """Record the facts. Returns how many rows said again what newer words have replaced.

    The same words for the same moment are one fact, unless others for that moment came in between.
    """
    said = known_keys([key_of(fact) for _outcome, fact in sheet.facts])
    facts: list[NewFact] = []
    for outcome, fact in sheet.facts:
        if key_of(fact) in said:
            if outcome is Outcome.OLDER:
                continue
            fact = replace(fact, key=f"{fact.key}:{sheet.now.isoformat()}:{len(facts)}")
        said.add(key_of(fact))
        facts.append(fact)
    record(facts)
    return len(sheet.facts) - len(facts)


def _registered(row: _Row, origin: Origin) -> NewFact:
    return NewFact(
        name="customer_registered",
        occurred_at=datetime.fromisoformat(row.traits["registered_at"]),
        scope=origin.scope("registered"),
        key=row.id,
        identity=row.key if isinstance(row.key, str) else None,
        customer_id=row.key if isinstance(row.key, int) else None,
        source_id=origin.source_id,
    )
