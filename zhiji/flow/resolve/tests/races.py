"""Who meets where customers become one, are parted, or are forgotten."""

from typing import Any

from zhiji.config.tests.races.racing import Race
from zhiji.flow.profile import actions
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.tests.acts import customer, identified
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.kernel.pipeline import run_once

MEETS = "zhiji/kernel/pipeline.py:wait_for_both"


def _two() -> tuple[int, int]:
    for name in ("甲", "乙"):
        identified(f"user:{name}", name=name)
    run_once()
    one, other = Portrait.objects.order_by("customer_id").values_list("customer_id", flat=True)
    return one, other


def an_erasure_while_two_are_merged() -> Race:
    """It waits, and forgets both, as they are one by then."""
    one, other = _two()

    def then(_: Any, second: Any) -> None:
        assert second is None
        assert set(Customer.objects.values_list("root_id", flat=True)) == {one}
        assert list(Portrait.objects.values_list("name", flat=True)) == ["", ""]

    return Race(
        lambda: actions.merge_customers(loser=other, winner=one, by=None),
        lambda: actions.erase_customer(customer_id=one, by=None),
        then,
    )


def two_merge_the_same_pair_both_ways() -> Race:
    """No ring of redirects."""
    one, other = customer("user:1").pk, customer("user:2").pk

    def then(_: Any, second: Any) -> None:
        assert type(second).__name__ == "AlreadyOne", second
        assert Redirect.objects.count() == 1

    return Race(
        lambda: actions.merge_customers(loser=other, winner=one, by=None),
        lambda: actions.merge_customers(loser=one, winner=other, by=None),
        then,
    )


def two_part_the_same_pair() -> Race:
    """The second finds nothing to lift."""
    one, other = customer("user:1").pk, customer("user:2").pk
    redirect = actions.merge_customers(loser=other, winner=one, by=None)

    def then(first: Any, second: Any) -> None:
        assert sorted(first) == sorted((one, other))
        assert isinstance(second, Redirect.DoesNotExist), second

    again = Redirect.objects.get(pk=redirect.pk)
    return Race(
        lambda: actions.unmerge_customers(redirect=redirect, by=None),
        lambda: actions.unmerge_customers(redirect=again, by=None),
        then,
    )


RACES = {
    f"{MEETS} an erasure while two are merged": an_erasure_while_two_are_merged,
    f"{MEETS} two merge the same pair both ways": two_merge_the_same_pair_both_ways,
    f"{MEETS} two part the same pair": two_part_the_same_pair,
}
