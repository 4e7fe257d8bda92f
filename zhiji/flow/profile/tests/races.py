"""Who meets at the locks of customers."""

from typing import Any

from zhiji.config.tests.races.racing import Race
from zhiji.flow.profile import actions
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import customer
from zhiji.records.models import WrongValue
from zhiji.records.tests.acts import made


def two_edit_one_customer() -> Race:
    """Neither edit is lost."""
    who = customer("user:1").pk

    def then(first: Any, second: Any) -> None:
        assert (first, second) == ([who], [who])
        assert sorted(tags_of([who])[who]) == ["一", "二"]
        assert Portrait.objects.get(pk=who).priority == 0

    return Race(
        lambda: actions.add_tag(customer_ids=[who], tag="一", by=None),
        lambda: actions.add_tag(customer_ids=[who], tag="二", by=None),
        then,
    )


def two_customers_are_given_what_only_one_may_have() -> Race:
    """The second is refused, and its customer has nothing."""
    one, other, plate = customer("user:1").pk, customer("user:2").pk, made("车牌", unique=True)

    def then(first: Any, second: Any) -> None:
        assert first == [one] and isinstance(second, WrongValue)
        held = Portrait.objects.filter(pk__in=(one, other)).order_by("pk").values_list("attributes", flat=True)
        assert sorted(map(str, held)) == ["{'车牌': '浙A1'}", "{}"]

    return Race(
        lambda: actions.edit_attributes(customer_ids=[one], changes={plate.path: "浙A1"}, by=None),
        lambda: actions.edit_attributes(customer_ids=[other], changes={plate.path: "浙A1"}, by=None),
        then,
    )


RACES = {
    "zhiji/flow/profile/portrait_store.py:load": two_edit_one_customer,
    "zhiji/flow/profile/actions/custom.py:claim": two_customers_are_given_what_only_one_may_have,
}
