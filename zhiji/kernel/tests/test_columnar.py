"""What NumPy computes of an expression is what the engine answers, nulls, digits and texts included."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zhiji.flow.segment.conditions.comparison import list_has, text_or_list_has
from zhiji.kernel import engine
from zhiji.kernel.columnar.frame import Frame
from zhiji.kernel.columnar.program import program
from zhiji.kernel.columnar.query import Query, answers
from zhiji.kernel.columnar.vector import Unfit, Unknown

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MOMENTS = {"as_of": NOON, "since": NOON - timedelta(days=30)}
TYPES = {
    "id": pa.int64(), "n": pa.int64(), "m": pa.int64(), "paid": pa.decimal128(18, 4), "yes": pa.bool_(),
    "at": pa.timestamp("us", "UTC"), "day": pa.date32(), "word": pa.string(),
}  # fmt: skip
NAMED = {
    "decimal128(18, 4)": "decimal(18, 4)",
    "timestamp[us, tz=UTC]": engine.TIME,
    "bool": "boolean",
    "date32[day]": "date",
}
ROWS = ibis.table({name: NAMED.get(str(kind), str(kind)) for name, kind in TYPES.items()}, name="rows")
LARGE = Decimal("99999999999999.9999")
WORDS = ("", "a", "ab", "b", "é", "咖啡", "咖啡豆", "%", "_", "O'Neil")
LISTS = (
    "[]",
    '[3.0, 1.50, "2.0", -10.00]',
    '["a", "b"]',
    "[1, 2.5, true, null]",
    "[VIP] a",
    '["a\\"b"]',
    "[NaN]",
    '["1"',
)
ELEMENTS = ("a", "1", "2.5", "3", "1.5", "2.0", "-10", "3.0", "true", 'a"b', "null", "", "VIP", ",")
BUILD = settings(max_examples=150, phases=[Phase.generate])


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


RECORDS = st.lists(
    st.tuples(
        st.integers(1, 4),
        some(st.integers(-3, 3)),
        some(st.integers(0, 10**12)),
        some(st.decimals(-5, 5, places=4) | st.just(LARGE)),
        some(st.booleans()),
        some(st.sampled_from([NOON + timedelta(days=days) for days in (-40, -30, -1, 0, 1)])),
        some(st.dates(date(1960, 2, 27), date(1960, 3, 2)) | st.just(date(2026, 5, 3))),
        some(st.sampled_from(WORDS + LISTS)),
    ),
    max_size=12,
)


def table(records: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*records, strict=True)) if records else [()] * len(TYPES)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, TYPES.values(), strict=True)]
    return pa.table(arrays, names=list(TYPES))


def numbers(r: Any) -> st.SearchStrategy[Any]:
    """Whole numbers and decimals of a row."""
    whole = st.sampled_from([r.n, r.m, ibis.literal(0), ibis.literal(2), r.yes.cast("int64")])
    return st.one_of(
        whole,
        st.sampled_from([r.paid, r.paid.fill_null(0), r.n.fill_null(0), r.paid.cast("decimal(38, 4)")]),
        st.tuples(whole, whole).map(lambda two: two[0] + two[1]),
        st.tuples(whole, whole).map(lambda two: two[0] - two[1]),
        whole.map(lambda one: one.nullif(2)),
        st.sampled_from([-r.n, -r.paid]),
        st.sampled_from([r.paid.cast("float64") * 2.0, r.n.cast("float64") * r.paid.cast("float64") / 3.0]),
        st.sampled_from([(r.paid.cast("float64") * 2.0).round(), (r.n.cast("float64") / 2).round()]),
        st.just(((r.paid.cast("float64") * 10_000).round() / 10_000).cast("decimal(38, 4)")),
        st.decimals(-3, 3, places=2).map(lambda one: ibis.literal(one, type="decimal(18, 4)")),
    )


def conditions(r: Any) -> st.SearchStrategy[Any]:
    """Conditions on a row, to any depth."""
    order = st.sampled_from(["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
    moments = st.sampled_from([r.at, engine.moment("as_of"), engine.moment("since")])
    days = st.sampled_from([r.day, ibis.literal(date(1960, 2, 29), type="date")])
    alike = st.sampled_from(["__eq__", "__ne__"])
    compared = lambda one, how, other: getattr(one, how)(other)  # noqa: E731
    leaf = st.one_of(
        st.builds(compared, numbers(r), order, numbers(r)),
        st.builds(compared, moments, order, moments),
        st.builds(compared, days, order, days),
        st.builds(compared, st.just(r.word), alike, st.sampled_from(WORDS)),
        st.sampled_from([r.yes, r.word.isnull(), r.n.notnull(), r.at.isnull(), ibis.literal(True)]),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(r.word.isin),
        st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(r.n.isin),
        st.sampled_from(WORDS).map(r.word.contains),
        st.sampled_from(WORDS).map(r.word.startswith),
        st.sampled_from(ELEMENTS).map(lambda one: text_or_list_has(r.word, one)),
        st.sampled_from(ELEMENTS).map(lambda one: list_has(r.word, one)),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
            st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
            inner.map(lambda one: ~one),
            inner.map(lambda one: one.fill_null(False)),
            st.tuples(inner, inner, inner).map(lambda three: three[0].ifelse(three[1], three[2])),
        ),
        max_leaves=6,
    )


def engines(expression: Any, tables: dict[str, pa.Table]) -> pa.Table:
    """What DuckDB answers."""
    query, here = engine.sql(expression), engine.connection(small=True)
    for name, rows in tables.items():
        here.register(name, rows)
    try:
        return here.execute(query, {k: v for k, v in MOMENTS.items() if f"${k}" in query}).to_arrow_table()
    finally:
        for name in tables:
            here.unregister(name)


def same(expression: Any, key: str, rows: pa.Table) -> None:
    """A program and the engine answer alike; everything is known to the program."""
    made = program(expression, key)
    assert made.left == []
    try:
        found = made.answer({"rows": Frame.of(rows)}, MOMENTS)
    except Unfit:  # only of amounts that these properties make too large on purpose
        assert LARGE in rows.column("paid").to_pylist()
        return
    expected = engines(expression, {"rows": rows}).to_pylist()
    order = lambda row: [(value is not None, value) for value in row.values()]  # noqa: E731
    assert sorted(found.arrow(expression.columns).to_pylist(), key=order) == sorted(expected, key=order)


@BUILD
@given(st.data(), RECORDS)
def test_what_is_said_of_a_row(data: st.DataObject, records: list[tuple[Any, ...]]) -> None:
    draw = data.draw
    asked = {f"c{at}": draw(conditions(ROWS)) for at in range(4)} | {f"n{at}": draw(numbers(ROWS)) for at in range(2)}
    both = ROWS.word + "," + ROWS.word
    word = ibis.cases((asked["c0"], "first"), (asked["c1"], ROWS.word), else_=ibis.null("string"))
    if draw(st.booleans()):
        rows = ROWS.filter(asked["c2"])
        same(rows.select("id", one=rows.n + 1, other=rows.word), "id", table(records))
    net = ROWS.paid.fill_null(0) - ROWS.paid.fill_null(draw(st.integers(-3, 3)))
    same(ROWS.select("id", "paid", "at", "day", word=word, both=both, net=net, **asked), "id", table(records))


@BUILD
@given(st.data(), RECORDS)
def test_what_is_counted_of_a_customers_facts(data: st.DataObject, records: list[tuple[Any, ...]]) -> None:
    rows = ROWS.filter(ROWS.at <= engine.moment("as_of")) if data.draw(st.booleans()) else ROWS
    rows = rows.mutate(flag=data.draw(conditions(rows)).fill_null(False))
    kept = data.draw(st.none() | st.just(rows.flag) | conditions(rows))
    measured = {
        "count": rows.count(where=kept),
        "known": rows.word.count(where=kept),
        "different": rows.word.nunique(where=kept),
        "numbers": rows.n.nunique(where=kept),
        "total": rows.paid.sum(where=kept),
        "least": rows.paid.min(where=kept),
        "most": rows.n.max(where=kept),
        "last": rows.at.max(where=kept),
        "any": rows.yes.any(where=kept),
        "mean": rows.paid.sum(where=kept).cast("float64") / rows.paid.count(where=kept).nullif(0),
    }
    same(rows.group_by("id").aggregate(**measured), "id", table(records))


@BUILD
@given(RECORDS)
def test_the_word_that_most_rows_have(records: list[tuple[Any, ...]]) -> None:
    rows = ROWS.filter(ROWS.word.fill_null("") != "")
    counted = rows.group_by(["id", "word"]).aggregate(n=rows.count())
    window = ibis.window(group_by="id", order_by=[ibis.desc("n"), ibis.asc("word")])
    ranked = counted.mutate(place=ibis.row_number().over(window))
    same(ranked.filter(ranked.place == 0).select("id", "word"), "id", table(records))


def test_every_list_has_the_same_elements() -> None:
    """Figures in lists are read without zeros at their end: [3.0] has “3”."""
    rows = table([(at, *[None] * 6, word) for at, word in enumerate(WORDS + LISTS)])
    asked = {f"h{at}": text_or_list_has(ROWS.word, one) for at, one in enumerate(ELEMENTS)}
    asked |= {f"l{at}": list_has(ROWS.word, one) for at, one in enumerate(ELEMENTS)}
    same(ROWS.select("id", **asked), "id", rows)
    figures = ROWS.select("id", three=list_has(ROWS.word, "3"), zero=list_has(ROWS.word, "3.0"))
    told = program(figures, "id").answer({"rows": Frame.of(rows)}, MOMENTS).arrow(figures.columns).to_pylist()
    assert {"id": len(WORDS) + 1, "three": True, "zero": False} in told


def test_groups_of_groups() -> None:
    rows = table([(1, 0, 0, None, None, None, None, word) for word in ("a", "b", "a", None)] + [(2, *[None] * 7)])
    words = ROWS.group_by(["id", "word"]).aggregate(n=ROWS.count())
    same(words.group_by("id").aggregate(different=words.count(), most=words.n.max()), "id", rows)
    with pytest.raises(Unknown):  # the groups within don't lie in this order
        program(words.group_by("word").aggregate(customers=words.count()), "word")


def asked(query: Query, rows: pa.Table) -> list[dict[str, Any]]:
    (found,) = answers([query], {"rows": Frame.of(rows)}, MOMENTS)
    return sorted(found.arrow(query.expression.columns).to_pylist(), key=lambda row: row["id"])


SOME = table([(one, one, 1, Decimal(one), True, NOON, None, "ab") for one in (3, 1, 2)])


def test_what_a_program_does_not_know_is_asked_of_the_engine_beside_it() -> None:
    query = Query(ROWS.select("id", one=ROWS.n + 1, loud=ROWS.word.upper()), "id")
    assert query.program is not None
    assert query.program.left == ["loud"]
    assert asked(query, SOME) == [{"id": one, "one": one + 1, "loud": "AB"} for one in (1, 2, 3)]


def test_a_table_no_program_knows_is_asked_of_the_engine() -> None:
    other = ROWS.view()
    query = Query(ROWS.join(other, ROWS.id == other.n).select(ROWS.id, twice=ROWS.m + other.m), "id")
    assert query.program is None
    assert asked(query, SOME) == [{"id": one, "twice": 2} for one in (1, 2, 3)]


@pytest.mark.parametrize(
    ("of", "row", "value"),
    [
        (lambda rows: rows.n.cast("decimal(38, 4)") > rows.paid, (2**61, None, Decimal(1)), True),
        (lambda rows: rows.m.cast("float64") / rows.n, (2, 2**63 - 1, None), 4611686018427387904.0),
        (lambda rows: rows.paid.cast("float64") / rows.n, (0, None, Decimal(1)), math.inf),
    ],
    ids=["digits", "a double", "by zero"],
)
def test_values_it_would_not_compute_exactly_are_asked_of_the_engine(of: Any, row: tuple[Any, ...], value: Any) -> None:
    rows = table([(1, *row, None, None, None, None)])
    query = Query(ROWS.select("id", it=of(ROWS)), "id")
    assert query.program is not None
    with pytest.raises(Unfit):
        query.program.answer({"rows": Frame.of(rows)}, MOMENTS)
    assert asked(query, rows) == [{"id": 1, "it": value}]


def test_a_sum_beyond_what_fits_is_asked_of_the_engine() -> None:
    rows = table([(1, 0, 0, Decimal("99999999999999.9999"), *[None] * 4)] * 12)
    query = Query(ROWS.group_by("id").aggregate(total=ROWS.paid.sum()), "id")
    assert asked(query, rows) == [{"id": 1, "total": Decimal("1199999999999999.9988")}]


def test_decimals_of_more_digits_come_as_they_are_where_they_fit() -> None:
    wide = pa.table({"id": [1, 2], "total": pa.array([Decimal(5), None], pa.decimal128(38, 4))})
    totals = ibis.table({"id": "int64", "total": "decimal(38, 4)"}, name="rows")
    query = Query(totals.select("id", enough=totals.total.fill_null(0) >= 5, total=totals.total), "id")
    expected = [{"id": 1, "enough": True, "total": Decimal(5)}, {"id": 2, "enough": False, "total": None}]
    assert asked(query, wide) == expected
    beyond = pa.table({"id": [1], "total": pa.array([Decimal(10**20)], pa.decimal128(38, 4))})
    assert asked(query, beyond) == [{"id": 1, "enough": True, "total": Decimal(10**20)}]


def test_rows_lie_beside_those_of_the_same_key() -> None:
    row = Frame.of(pa.table({"id": [5, 3, 4], "n": [1, 2, 3]}))
    part = program(ROWS.group_by("id").aggregate(total=ROWS.paid.sum(), words=ROWS.word.nunique()), "id")
    rows = table([(3, 0, 0, Decimal(2), None, None, None, "a"), (5, 0, 0, None, None, None, None, "b")])
    beside = row.beside(part.answer({"rows": Frame.of(rows)}, MOMENTS), "id", "id")
    assert beside.arrow().to_pylist() == [
        {"id": 5, "n": 1, "total": None, "words": 1},
        {"id": 3, "n": 2, "total": Decimal(2), "words": 1},
        {"id": 4, "n": 3, "total": None, "words": None},
    ]
    words = program(ROWS.select("id", "word"), "id").answer({"rows": Frame.of(table([]))}, MOMENTS)
    wordless = row.beside(words, "id", "id")
    asked_of = ibis.table({"id": "int64", "word": "string"}, name="row")
    (said,) = answers(
        [Query(asked_of.select("id", a=asked_of.word == "a", b=asked_of.word), "id")], {"row": wordless}, {}
    )
    assert [(one["a"], one["b"]) for one in said.arrow().to_pylist()] == [(None, None)] * 3
    nobody = row.beside(part.answer({"rows": Frame.of(table([]))}, MOMENTS), "id", "id")
    assert nobody.column("total").to_pylist() == [None, None, None]
