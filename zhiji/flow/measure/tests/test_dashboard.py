"""The dashboard links only to what its reader may open, and each number to the customers behind it."""

from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from zhiji.access.models import User
from zhiji.flow.act.models import Rule
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
