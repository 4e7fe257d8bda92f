"""Measures kept of each customer: computed by the same engine as conditions, over the same slices."""

from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import ibis
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from pyarrow import csv

from zhiji.flow.segment.conditions.relative import MEASURED, ORDER, score, score_needs
from zhiji.flow.segment.engine.needs import Needs, World
from zhiji.flow.segment.engine.row import table
from zhiji.flow.segment.engine.statement import Statement

SCORES = {"recency_score": "recency", "frequency_score": "frequency", "monetary_score": "monetary"}
FAVOURITES = {"favourite_category": "category", "favourite_store": "store"}
FACTS = frozenset().union(*(one.facts() for one in MEASURED.values()))
"""The facts that measures are made of."""
COLUMNS = ("first_order_at", "last_order_at", *MEASURED, *FAVOURITES, *SCORES)


def statement(cuts: World, *, favourites: bool = True) -> Statement:
    """The statement that computes every measure (`favourites` take longest); `cuts` gives the published points.

    It is compiled once for the points that are published.
    """
    points = {name: cuts.cuts.get(name) for name in SCORES.values()}
    return _statement(msgspec.json.encode(points), favourites)


@lru_cache(maxsize=8)
def _statement(points: bytes, favourites: bool) -> Statement:
    cuts = World(cuts={name: some for name, some in msgspec.json.decode(points).items() if some})
    needs = Needs(cuts)
    for behaviour in MEASURED.values():
        behaviour.need(needs)
    for name in SCORES.values():
        score_needs(name, needs)
    needs.aggregate(ORDER, f"first:{ORDER}", lambda facts: facts.occurred_at.min())
    for name, prop in FAVOURITES.items() if favourites else ():
        needs.derive(name, partial(_favourite, needs.property(ORDER, prop, "text"), name))

    def select(row: Any) -> Any:
        return row.select(
            id=row.id,
            first_order_at=row[f"first:{ORDER}"],
            last_order_at=row[needs.last(ORDER)],
            **{name: behaviour.value_of(row, needs) for name, behaviour in MEASURED.items()},
            **{name: row[name] for name in needs.derived},
            **{name: score(measure, row, needs) for name, measure in SCORES.items()},
        )

    return Statement(needs, select)


def _favourite(column: str, name: str, needs: Needs) -> Any:
    """The value that most of a customer's orders have; of several, the first in the alphabet."""
    facts = table(needs, ORDER)
    facts = facts.filter(facts[column].fill_null("") != "")
    counted = facts.group_by(["customer_id", column]).aggregate(n=facts.count())
    window = ibis.window(group_by="customer_id", order_by=[ibis.desc("n"), ibis.asc(column)])
    ranked = counted.mutate(place=ibis.row_number().over(window))
    return ranked.filter(ranked.place == 0).select("customer_id", **{name: ranked[column]})


def let_go() -> None:
    """Forget what is compiled."""
    _statement.cache_clear()


_KEPT = ", ".join(COLUMNS)
_UPSERT = (
    f"INSERT INTO profile_measures AS m (customer_id, as_of, {_KEPT})"
    f" SELECT customer_id, %s, {_KEPT} FROM measured"
    " ON CONFLICT (customer_id) DO UPDATE SET as_of = EXCLUDED.as_of, "
    + ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)
    + f" WHERE ({', '.join('m.' + name for name in COLUMNS)})"
    f" IS DISTINCT FROM ({', '.join('EXCLUDED.' + name for name in COLUMNS)})"
)


def keep(answer: pa.Table, as_of: datetime) -> int:
    """Store the measures that differ from what is kept. Returns how many customers were asked about.

    Rows go over as CSV, so that none costs Python; PostgreSQL rounds money to the cent, halves up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS measured ON COMMIT DELETE ROWS"
            f" AS SELECT customer_id, {_KEPT} FROM profile_measures WITH NO DATA; DELETE FROM measured"
        )
        with cursor.copy(f"COPY measured (customer_id, {_KEPT}) FROM STDIN (FORMAT csv)") as copy:
            for part in answer.select(["id", *COLUMNS]).to_batches(max_chunksize=100_000):
                sink = pa.BufferOutputStream()
                csv.write_csv(_plain(part), sink, csv.WriteOptions(include_header=False))
                copy.write(sink.getvalue().to_pybytes())
        cursor.execute(_UPSERT, [as_of])
    return int(answer.num_rows)


def _plain(part: pa.RecordBatch) -> pa.RecordBatch:
    """Favourites as texts that the column takes: none is empty, none is longer than 120."""
    for name in FAVOURITES:
        at = part.schema.get_field_index(name)
        shown = pc.utf8_slice_codeunits(pc.replace_substring(pc.fill_null(part.column(at), ""), "\0", ""), 0, 120)
        part = part.set_column(at, name, shown)
    return part
