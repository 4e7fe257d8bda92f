"""A plan is made once and answers for any rows and any moment, as the query would by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from zhiji.kernel import engine, plans

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
PAID = ibis.table({"id": "int64", "at": engine.TIME, "shop": "string", "paid": "int64"}, name="fact:paid")
UNTIL = PAID.filter(PAID.at <= engine.moment("as_of"))
QUERY = plans.sql(UNTIL.group_by("id").aggregate(n=UNTIL.count(where=UNTIL.at > engine.moment("since"))).order_by("id"))


def paid(*days: int, **others: list[object]) -> pa.Table:
    at = [NOON - timedelta(days=day) for day in days]
    columns = {"id": pa.array([1] * len(days), pa.int64()), "at": pa.array(at, pa.timestamp("us", "UTC"))}
    return pa.table(columns | {name: pa.array(values) for name, values in others.items()})


def asked(plan: plans.Plan, tables: dict[str, pa.Table], moments: dict[str, datetime]) -> pa.Table:
    return plan.answer({**tables, plans.MOMENTS: pa.table(plans.moments_table([moments]))})


def counted(plan: plans.Plan, rows: pa.Table, since: int, as_of: datetime = NOON) -> list[int]:
    moments = {"as_of": as_of, "since": as_of - timedelta(days=since), "unused": NOON}
    found: list[int] = asked(plan, {"fact:paid": rows}, moments).column("n").to_pylist()
    return found


def test_a_plan_answers_for_other_rows_and_other_moments() -> None:
    plan = plans.Plan(QUERY)
    assert counted(plan, paid(1, 5, 40), since=30) == [2]
    assert counted(plan, paid(1, 5, 40), since=3) == [1]
    assert counted(plan, paid(2, 2, 2, 50), since=30) == [3]
    assert counted(plan, paid(1, 5, 40), since=30, as_of=NOON - timedelta(days=3)) == [1]
    assert counted(plan, paid(), since=30) == []


def test_it_takes_the_columns_it_names_and_no_others_whatever_their_order() -> None:
    plan = plans.Plan(QUERY)
    assert counted(plan, paid(1, 2), since=30) == [2]
    wider = paid(1, 2, 3, shop=["a", "b", "c"])
    assert counted(plan, wider.select(["shop", "at", "id"]), since=30) == [3]


VIEWED = ibis.table({"id": "int64", "level": "int64"}, name="fact:viewed")
BOTH = plans.sql(PAID.join(VIEWED.filter(VIEWED.level > 1), "id").select(PAID.id).order_by("id"))


def test_a_table_that_grows_a_column_of_another_is_still_answered() -> None:
    plan, viewed = plans.Plan(BOTH), pa.table({"id": [1], "level": [2]})
    ids = pa.table({"id": [1, 1, 3]})
    assert plan.answer({"fact:paid": ids, "fact:viewed": viewed}).column("id").to_pylist() == [1, 1]
    wider = ids.append_column("level", pa.array([0, 0, 0])).append_column("more", pa.array([0, 0, 0]))
    assert plan.answer({"fact:paid": wider, "fact:viewed": viewed}).column("id").to_pylist() == [1, 1]
    assert plan.answer({"fact:paid": ids.slice(1), "fact:viewed": viewed}).column("id").to_pylist() == [1]


def test_columns_that_go_or_change_their_type_are_planned_anew() -> None:
    plan = plans.Plan('SELECT max("level") AS level FROM "fact:viewed"')
    asked = lambda **columns: plan.answer({"fact:viewed": pa.table(columns)}).column("level").to_pylist()  # noqa: E731
    assert asked(level=[1, 2], id=[5, 6]) == [2]
    assert asked(level=["a", "b"]) == ["b"]
    for _ in range(2):
        with pytest.raises(Exception, match="level"):
            asked(id=[1])
    assert asked(level=[3]) == [3]


def test_a_moment_in_a_text_or_a_name_is_no_parameter() -> None:
    rows = ibis.table({"as_of": "string"}, name="rows")
    plan = plans.Plan(
        plans.sql(rows.select("as_of", said=ibis.literal("ZHIJI_MOMENT('since')"), at=engine.moment("as_of")))
    )
    found = asked(plan, {"rows": pa.table({"as_of": ["noon"]})}, {"as_of": NOON}).to_pylist()
    assert found == [{"as_of": "noon", "said": "ZHIJI_MOMENT('since')", "at": NOON}]


SINCE = UNTIL.at > engine.moment("since")
ASKED = {
    "count": lambda: UNTIL.count(where=SINCE),
    "count of one": lambda: UNTIL.shop.count(where=SINCE),
    "distinct": lambda: UNTIL.shop.nunique(where=SINCE),
    "sum": lambda: UNTIL.paid.sum(where=SINCE),
    "least": lambda: UNTIL.paid.min(where=SINCE),
    "last": lambda: ibis.struct({"at": UNTIL.at, "shop": UNTIL.shop}).max(where=SINCE)["shop"],
    "any": lambda: (UNTIL.shop == "b").any(where=SINCE),
    "listed": lambda: UNTIL.shop.collect(where=SINCE).sort(),
    "moment beside an aggregate": lambda: UNTIL.at.max() > engine.moment("since"),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_plan_answers_what_the_query_does(what: str) -> None:
    rows = paid(0, 1, 5, 40, 50, shop=["a", "b", None, "a", "c"], paid=[1, None, 5, 7, 2])
    rows = pa.concat_tables([rows, rows.set_column(0, "id", pa.array([2, 2, 3, 3, 3], pa.int64()))])
    expression = UNTIL.group_by("id").aggregate(it=ASKED[what]()).order_by("id")
    moments = {"as_of": NOON, "since": NOON - timedelta(days=3)}
    here = engine.connection().cursor()
    here.register("fact:paid", rows)
    expected = here.execute(engine.sql(expression), moments).to_arrow_table()
    assert asked(plans.Plan(plans.sql(expression)), {"fact:paid": rows}, moments).equals(expected)


def test_moments_stand_beside_joined_tables_and_what_is_united() -> None:
    far = PAID.filter(PAID.at <= engine.moment("since"))
    both, far = ibis.union(UNTIL, far), far.view()
    joined = both.left_join(far, [both.id == far.id, both.at > engine.moment("since")]).select(both.at, other=far.at)
    moments = {"as_of": NOON, "since": NOON - timedelta(days=3)}
    rows = paid(0, 5, shop=["a", "b"], paid=[1, 2])
    found = asked(plans.Plan(plans.sql(joined.order_by("at"))), {"fact:paid": rows}, moments).to_pylist()
    now, then = NOON, NOON - timedelta(days=5)
    assert [(one["at"], one["other"]) for one in found] == [(then, None), (then, None), (now, then)]


def test_threads_that_share_a_plan_each_get_their_own_rows() -> None:
    plan = plans.plan(QUERY)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: counted(plan, paid(*range(1, n + 1)), since=1000), range(1, 60)))
    assert found == [[n] for n in range(1, 60)]


def test_a_query_that_fails_leaves_a_plan_that_answers() -> None:
    plan = plans.Plan("""SELECT "id", error("why") AS "why" FROM "fact:paid" """)
    with pytest.raises(Exception, match="no such thing"):
        plan.answer({"fact:paid": pa.table({"id": [1], "why": ["no such thing"]})})
    assert (
        plan.answer(
            {"fact:paid": pa.table({"id": pa.array([], pa.int64()), "why": pa.array([], pa.string())})}
        ).num_rows
        == 0
    )


def test_the_plan_asked_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "PLANS", 2)
    first = plans.plan("SELECT 1 AS one")
    plans.plan("SELECT 2 AS two")
    assert plans.plan("SELECT 1 AS one") is first
    plans.plan("SELECT 3 AS three")
    assert plans.plan("SELECT 1 AS one") is first
    assert plans.plan("SELECT 2 AS two").answer({}).to_pylist() == [{"two": 2}]


def test_names_may_hold_quotes() -> None:
    rows = pa.table({'said "so"': ["yes"]})
    assert plans.Plan('SELECT "said ""so""" AS "it" FROM "t"').answer({"t": rows}).to_pylist() == [{"it": "yes"}]
