"""Any fact of a file: whose, what, when, and properties."""

import hashlib
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files.known import record_new
from zhiji.flow.collect.files.record import Field, Origin, Refusal, Taken
from zhiji.flow.collect.protocol.names import is_kept
from zhiji.flow.collect.protocol.plain import RESERVED
from zhiji.flow.collect.protocol.reasons import explained
from zhiji.kernel.facts import NewFact, fact_types
from zhiji.kernel.values import Refusal as Unfit
from zhiji.kernel.values import number

FIELDS = (
    Field(
        "id",
        _("客户号"),
        "person",
        required=True,
        aliases=("customer_id", "user_id", "客户编号", "会员号"),
        longest=120,
    ),
    Field("name", _("行为名"), required=True, aliases=("event", "事件", "行为", "fact"), longest=60),
    Field("at", _("发生时间"), "time", required=True, aliases=("时间", "occurred_at", "timestamp", "time")),
    Field("key", _("唯一编号"), "identifier", aliases=("message_id", "流水号", "event_id"), longest=200),
)


def take(rows: pa.Table, origin: Origin) -> Taken:
    """One fact a row. Without a `key` the row's content is its key, so equal rows are one fact."""
    refused: list[Refusal] = []
    facts: list[NewFact] = []
    for row in rows.to_pylist():
        at = row.pop("_row")
        if not is_kept(row["name"]):
            reason = gettext("行为名由小写字母、汉字、数字和下划线组成，例如 order_paid")
            refused.append(Refusal(at, "name", reason))
            continue
        if below := _below_nothing(row):
            refused.append(Refusal(at, below, explained("below_nothing", "")))
            continue
        facts.append(_fact(row, origin))
    taken = record_new(facts)
    return Taken(taken, len(facts) - taken, refused)


def _below_nothing(row: dict[str, Any]) -> str:
    """The field that says an amount below nothing where there is none; "" when all are well."""
    kind = fact_types().get(row["name"])
    sums = [f"properties.{one.name}" for one in kind.properties if one.means == "sum"] if kind else []
    told = {name: number.of(row.get(name)) for name in sums}
    return next((name for name, value in told.items() if not isinstance(value, Unfit) and value < 0), "")


def _fact(row: dict[str, Any], origin: Origin) -> NewFact:
    properties = {
        name.partition(".")[2]: number.plain(value) if isinstance(value, Decimal) else value
        for name, value in row.items()
        if name.startswith("properties.") and value is not None and name.partition(".")[2] not in RESERVED
    }
    key = row["key"]
    if key is None:
        content = orjson.dumps([row["id"], row["at"], properties], option=orjson.OPT_SORT_KEYS, default=str)
        key = hashlib.blake2b(content, digest_size=16).hexdigest()
    return NewFact(
        name=row["name"],
        occurred_at=row["at"],
        scope=origin.scope("fact"),
        key=f"{row['name']}:{key}",
        properties=properties,
        identity=origin.identity(row["id"]),
        source_id=origin.source_id,
    )
