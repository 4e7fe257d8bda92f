"""One thing after another, or not: sequences, absence, the n-th, habits."""

from typing import Any

import pytest

from zhiji.flow.segment.tests.asked import person, who

pytestmark = pytest.mark.django_db
P1, P2 = {"product_id": "p1"}, {"product_id": "p2"}
ABANDONED = {
    "kind": "absence", "fact": "cart_added", "without": {"fact": "order_paid"}, "within": {"last": 2, "unit": "hours"},
    "same": "product_id", "window": {"last": 3, "unit": "days"},
}  # fmt: skip


def viewed_then_bought(**more: Any) -> dict[str, Any]:
    return {"kind": "sequence", "steps": [{"fact": "product_viewed"}, {"fact": "order_paid"}], **more}


def test_a_sequence_needs_its_steps_in_order_at_growing_moments() -> None:
    person("then", ("product_viewed", "2026-05-19T01:00"), ("order_paid", "2026-05-19T01:30"))
    person("before", ("order_paid", "2026-05-19T01:00"), ("product_viewed", "2026-05-19T01:30"))
    person("at once", ("order_paid", "2026-05-19T01:00"), ("product_viewed", "2026-05-19T01:00"))
    assert who(viewed_then_bought()) == {"then"}


def test_the_last_step_comes_at_most_the_span_after_the_first() -> None:
    person("exactly", ("product_viewed", "2026-05-19T01:00"), ("order_paid", "2026-05-19T02:00"))
    person("later", ("product_viewed", "2026-05-19T01:00"), ("order_paid", "2026-05-19T02:00:00.000001"))
    assert who(viewed_then_bought(within={"last": 1, "unit": "hours"})) == {"exactly"}


def test_steps_can_be_held_to_the_same_product() -> None:
    person("same", ("product_viewed", "2026-05-19T01:00", P1), ("order_paid", "2026-05-19T02:00", P1))
    person("other", ("product_viewed", "2026-05-19T01:00", P1), ("order_paid", "2026-05-19T02:00", P2))
    person("none", ("product_viewed", "2026-05-19T01:00"), ("order_paid", "2026-05-19T02:00"))
    assert who(viewed_then_bought(same="product_id")) == {"same"}


def test_the_window_is_that_of_the_first_step() -> None:
    person("in", ("product_viewed", "2026-05-19T05:00"), ("order_paid", "2026-05-20T02:00"))
    person("out", ("product_viewed", "2026-05-19T03:00"), ("order_paid", "2026-05-20T02:00"))
    assert who(viewed_then_bought(window={"last": 1, "unit": "days"})) == {"in"}


def test_a_cart_is_abandoned_when_that_product_was_not_bought_in_time() -> None:
    person("abandoned", ("cart_added", "2026-05-19T01:00", P1))
    person("other product", ("cart_added", "2026-05-19T01:00", P1), ("order_paid", "2026-05-19T02:00", P2))
    person("bought", ("cart_added", "2026-05-19T01:00", P1), ("order_paid", "2026-05-19T03:00", P1))
    person("too late", ("cart_added", "2026-05-19T01:00", P1), ("order_paid", "2026-05-19T03:01", P1))
    person("still time", ("cart_added", "2026-05-20T02:01", P1))
    person("long ago", ("cart_added", "2026-05-10T01:00", P1))
    assert who(ABANDONED) == {"abandoned", "other product", "too late"}


def test_the_n_th_is_counted_from_the_first_ever() -> None:
    orders = [("order_paid", f"2026-05-{day:02}T01:00") for day in (1, 10, 19)]
    person("three", *orders)
    person("two", *orders[1:])
    third: dict[str, Any] = {"kind": "nth", "fact": "order_paid", "n": 3, "window": {"last": 7, "unit": "days"}}
    assert who(third) == {"three"}
    assert who({**third, "n": 2}) == {"two"}
    assert who({**third, "n": 2, "window": None}) == {"two", "three"}


def test_regularly_is_so_many_of_the_last_weeks() -> None:
    person("weekly", *(("order_paid", f"2026-05-{day:02}T01:00") for day in (2, 8, 15)))
    person("one week", *(("order_paid", f"2026-05-{day:02}T01:00") for day in (15, 16, 17)))
    assert who({"kind": "regular", "fact": "order_paid", "at_least": 3, "of": 4, "unit": "weeks"}) == {"weekly"}


def test_stopped_and_resumed() -> None:
    person("stopped", ("order_paid", "2026-02-01T01:00"), ("order_paid", "2026-02-20T01:00"))
    person("resumed", ("order_paid", "2026-02-01T01:00"), ("order_paid", "2026-05-19T01:00"))
    person("new", ("order_paid", "2026-05-19T01:00"))
    month = {"last": 1, "unit": "months"}
    half = {"last": 6, "unit": "months"}
    assert who({"kind": "stopped", "fact": "order_paid", "times": 2, "before": half, "quiet": month}) == {"stopped"}
    assert who({"kind": "resumed", "fact": "order_paid", "recent": month, "quiet": month}) == {"resumed"}
