"""The dashboard links only to what its reader may open, and each number to the customers behind it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from zhiji.access.models import User
from zhiji.config.tests.house import bearer
from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.act.tests.cast import customer
from zhiji.flow.measure import queries
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.flow.measure.models import Snapshot
from zhiji.flow.measure.web import charts
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Measures
from zhiji.flow.segment import actions
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_rule() -> None:
    Rule.objects.create(key="thanks", name="感谢", trigger={}, steps=[])
    refresh_metrics(clock.now(), force=True)


@pytest.mark.parametrize("page", ["home", "effects"])
def test_a_marketer_gets_from_the_figures_to_the_messages(
    page: str, mark: User, signed_in: Callable[[User], Client]
) -> None:
    assert "/messages/?rule=thanks" in signed_in(mark).get(reverse(page)).content.decode()


@pytest.mark.parametrize("page", ["home", "effects"])
def test_an_analyst_sees_the_figures_without_a_way_to_the_messages(
    page: str, anna: User, signed_in: Callable[[User], Client]
) -> None:
    shown = signed_in(anna).get(reverse(page)).content.decode()
    assert "感谢" in shown and "/messages/" not in shown


def test_bars_and_cells_open_as_many_customers_as_they_say(anna: User) -> None:
    now = clock.now()
    record(NewFact("page_viewed", now, "test", str(n), identity=f"user:{n}") for n in range(5))
    record(NewFact("order_paid", now, "test", f"o{n}", {"amount": 9}, identity=f"user:{n}") for n in range(2))
    run_once()
    bought = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
    classes = [{"key": "buyers", "name": "买过", "condition": bought}, {"key": "others", "name": "没买过"}]
    actions.create_scheme(by=None, key="bought", name="买没买", classes=classes)
    actions.build(now)
    for number, one in enumerate(Measures.objects.order_by("pk")):
        Measures.objects.filter(pk=one.pk).update(recency_score=5 - number % 2, frequency_score=1 + number % 3)
    refresh_metrics(now, force=True)
    kept = dict(Snapshot.objects.values_list("name", "data"))
    bars = [bar for one in queries.class_sizes(now) for bar in charts.class_bar(one)["series"][0]["data"]]
    cells = charts.heat_map(kept["recency_frequency"])["series"][0]["data"]
    said = {bar["url"]: bar["value"] for bar in bars} | {cell["url"]: cell["value"][2] for cell in cells}
    assert sorted(bar["value"] for bar in bars) == [2, 3] and len(cells) > 1
    shown = {url: Listing(anna, QueryDict(url.partition("?")[2])).count()[0] for url in said}
    assert shown == said


def test_a_goal_with_a_text_for_its_amount_counts_it_as_none(mona: User, signed_in: Callable[[User], Client]) -> None:
    rule = Rule.objects.get()
    customer_id = customer()
    RuleEntry.objects.create(rule=rule, version=1, customer_id=customer_id, occasion="x", entered_at=clock.now())
    paid = [NewFact("order_paid", clock.now(), "test", f"t{at}", {"amount": said}, customer_id=customer_id)
            for at, said in enumerate(("much", "12.50", 7))]  # fmt: skip
    record(paid)
    run_once()
    assert refresh_metrics(clock.now(), force=True) == 4
    (effect,) = queries.kept()["rule_effects"]
    assert (effect["treated"]["facts"], effect["treated"]["amount"]) == (3, 19.5)
    told = Client(headers=bearer(mona)).get("/api/rules/thanks/effect").json()
    assert told["treated"]["amount"] == "19.50", "money is text, to the cent"


def test_a_metric_that_fails_keeps_its_last_value_and_says_so_while_the_others_go_on(
    mona: User, signed_in: Callable[[User], Client], move_clock: Callable[[timedelta], None]
) -> None:
    before = Snapshot.objects.get(name="weeks")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE resolve_customer RENAME COLUMN root_id TO gone")
        move_clock(timedelta(minutes=5))
        refresh_metrics(clock.now())
        cursor.execute("ALTER TABLE resolve_customer RENAME COLUMN gone TO root_id")
    weeks, totals = Snapshot.objects.get(name="weeks"), Snapshot.objects.get(name="totals")
    assert weeks.trouble and (weeks.data, weeks.as_of) == (before.data, before.as_of)
    assert not totals.trouble and totals.as_of > before.as_of
    home = signed_in(mona).get("/").content.decode()
    assert "“每周营收与活跃客户”暂时算不出来" in home and "“总览”暂时算不出来" not in home
    move_clock(timedelta(minutes=10))
    refresh_metrics(clock.now())
    assert not Snapshot.objects.get(name="weeks").trouble
    assert "暂时算不出来" not in signed_in(mona).get("/").content.decode()


def test_a_metric_is_computed_again_only_where_something_has_happened_or_minutes_have_passed(
    mona: User, move_clock: Callable[[timedelta], None]
) -> None:
    customer_id = customer()
    refresh_metrics(clock.now(), force=True)
    move_clock(timedelta(minutes=2))
    assert refresh_metrics(clock.now()) == 0
    record([NewFact("page_viewed", clock.now(), "test", "again", {}, customer_id=customer_id)])
    run_once()
    assert refresh_metrics(clock.now()) == 4
    move_clock(timedelta(minutes=2))
    assert refresh_metrics(clock.now()) == 0
    move_clock(timedelta(minutes=4))
    assert refresh_metrics(clock.now()) == 4
