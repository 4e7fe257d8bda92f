"""Which of some facts pass filters: what a condition asks of the facts it counts, asked of facts by themselves."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import ibis
import msgspec
import pyarrow as pa
from django.db import connection

from zhiji.flow.segment.catalogue.terms import words
from zhiji.flow.segment.conditions.grammar.kinds import FORMS
from zhiji.flow.segment.conditions.where import Where, passes
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.references import World
from zhiji.flow.segment.engine.slices import laid
from zhiji.kernel import engine, lake
from zhiji.kernel.properties import property_sql

FACTS = "asked_facts"


def passing(fact: str, where: Sequence[Where], source: str, *parameters: Any) -> set[int]:
    """The `fact_id` of those facts of this name in `source` (a table, or a query with parameters) that pass every
    filter; it has `name` and `properties`, too."""
    columns, statement = _compiled(fact, msgspec.json.encode(list(where)))
    chosen = "".join(f", {property_sql(name, kind)}" for _column, name, kind in columns)
    with connection.cursor() as cursor:
        asked = f"SELECT fact_id{chosen} FROM {source} WHERE name = %s"
        facts = engine.rows(cursor, asked, _schema(columns), [*parameters, fact])
    if not facts.num_rows:
        return set()
    with laid({FACTS: facts}, small=True):
        return set(engine.answer(statement, {}, small=True).column("fact_id").to_pylist())


def told(fact: str, where: Sequence[Where]) -> str:
    """The filters as a sentence says them, in the reader's language."""
    return FORMS["where"].say(msgspec.to_builtins(list(where)), words(), fact) or ""


@lru_cache(maxsize=500)
def _compiled(fact: str, where: bytes) -> tuple[tuple[tuple[str, str, Any], ...], str]:
    """(columns as (name, property, kind), the statement over them)."""
    filters, needs = msgspec.json.decode(where, type=list[Where]), Needs(World())
    for one in filters:
        one.need(fact, needs)
    columns = tuple(
        (column, name, "number" if kind == "number" else "text")
        for column, (name, kind) in sorted(needs.facts[fact].columns.items())
    )
    facts: Any = ibis.table(ibis.schema(ibis.Schema.from_pyarrow(_schema(columns))), name=FACTS)
    return columns, engine.sql(facts.filter(passes(facts, fact, filters, needs)).select("fact_id"))


def _schema(columns: Sequence[tuple[str, str, Any]]) -> pa.Schema:
    typed = [(column, lake.NUMBER if kind == "number" else pa.string()) for column, _name, kind in columns]
    return pa.schema([("fact_id", pa.int64()), *typed])
