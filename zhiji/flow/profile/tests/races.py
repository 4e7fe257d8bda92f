"""Who meets at the locks of customers."""

from typing import Any

from zhiji.config.tests.races.racing import Race
from zhiji.flow.profile import actions
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import customer


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


RACES = {"zhiji/flow/profile/states.py:load": two_edit_one_customer}
