"""Measures kept of each customer: computed by the same engine as conditions, over the same slices."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import pyarrow as pa
from django.db import connection

from zhiji.flow.segment.conditions.relative import MEASURED, ORDER, score, score_needs
from zhiji.flow.segment.engine.needs import Needs, World
from zhiji.flow.segment.engine.statement import Statement
from zhiji.kernel import engine
from zhiji.kernel.engine import TIME, moment

SCORES = {"recency_score": "recency", "frequency_score": "frequency", "monetary_score": "monetary"}
FAVOURITES = {"favourite_category": "category", "favourite_store": "store"}
COLUMNS = ("first_order_at", "last_order_at", *MEASURED, *FAVOURITES, *SCORES)
_CENT = Decimal("0.01")


def statement(cuts: World) -> Statement:
    """The statement that computes every measure; `cuts` gives the published cut points."""
    needs = Needs(cuts)
    for behaviour in MEASURED.values():
        behaviour.need(needs)
    for name in SCORES.values():
        score_needs(name, needs)
    needs.aggregate(ORDER, f"first:{ORDER}", lambda facts: facts.occurred_at.min())
    favourites = {name: needs.property(ORDER, prop, "text") for name, prop in FAVOURITES.items()}
    row = needs.row()
    for name, column in favourites.items():
        best = _favourite(column, name)
        row = row.left_join(best, row.id == best.customer_id).drop("customer_id")
    columns: dict[str, Any] = {
        "id": row.id,
        "first_order_at": row[f"first:{ORDER}"],
        "last_order_at": row[needs.last(ORDER)],
        **{name: behaviour.value_of(row, needs) for name, behaviour in MEASURED.items()},
        **{name: row[name] for name in FAVOURITES},
        **{name: score(measure, row, needs) for name, measure in SCORES.items()},
    }
    return Statement(engine.sql(row.select(**columns)), needs, (), ())


def _favourite(column: str, name: str) -> Any:
    """The value that most of a customer's orders have; of several, the first in the alphabet."""
    facts = ibis.table({"customer_id": "int64", "occurred_at": TIME, column: "string"}, name=f"fact:{ORDER}")
    facts = facts.filter(facts.occurred_at <= moment("as_of"), facts[column].fill_null("") != "")
    counted = facts.group_by(["customer_id", column]).aggregate(n=facts.count())
    window = ibis.window(group_by="customer_id", order_by=[ibis.desc("n"), ibis.asc(column)])
    ranked = counted.mutate(place=ibis.row_number().over(window))
    return ranked.filter(ranked.place == 0).select("customer_id", **{name: ranked[column]})


_KEPT = ", ".join(COLUMNS)
_UPSERT = (
    f"INSERT INTO profile_measures AS m (customer_id, as_of, {_KEPT})"
    f" SELECT customer_id, as_of, {_KEPT} FROM measured"
    " ON CONFLICT (customer_id) DO UPDATE SET as_of = EXCLUDED.as_of, "
    + ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)
    + f" WHERE ({', '.join('m.' + name for name in COLUMNS)})"
    f" IS DISTINCT FROM ({', '.join('EXCLUDED.' + name for name in COLUMNS)})"
)


def keep(answer: pa.Table, as_of: datetime) -> int:
    """Store the measures that differ from what is kept. Returns how many customers were asked about."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.measured;"
            f" CREATE TEMP TABLE measured ON COMMIT DROP AS SELECT customer_id, as_of, {_KEPT}"
            " FROM profile_measures WITH NO DATA"
        )
        with cursor.copy(f"COPY measured (customer_id, as_of, {_KEPT}) FROM STDIN") as copy:
            for batch in answer.to_batches(max_chunksize=20_000):
                for row in batch.to_pylist():
                    copy.write_row((row["id"], as_of, *(_stored(name, row[name]) for name in COLUMNS)))
        cursor.execute(_UPSERT)
    return int(answer.num_rows)


def _stored(name: str, value: Any) -> Any:
    if name in FAVOURITES:
        return (value or "")[:120].replace("\0", "")
    if value is not None and (name.startswith("amount") or name == "basket_average"):
        return Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP)
    return value
