"""Who meets at the locks of custom fields."""

from typing import Any

from zhiji.config.tests.races.racing import Race
from zhiji.records.actions import edit_field, move_field
from zhiji.records.queries import at_work, declared
from zhiji.records.tests.acts import made


def two_edit_one_field() -> Race:
    """Neither edit is lost."""
    field = made("等级", key="level")

    def then(first: Any, second: Any) -> None:
        assert (declared()["level"].label, declared()["level"].section) == ("级别", "会员")

    return Race(
        lambda: edit_field(by=None, field=field, label="级别"),
        lambda: edit_field(by=None, field=field, section="会员"),
        then,
    )


def two_put_fields_in_order() -> Race:
    """Each field keeps a place of its own."""
    first, second, third = (made(one) for one in "甲乙丙")

    def then(_first: Any, _second: Any) -> None:
        assert at_work() == [second, third, first]

    return Race(
        lambda: move_field(by=None, field=first, up=False),
        lambda: move_field(by=None, field=first, up=False),
        then,
    )


RACES = {
    "zhiji/records/actions.py:edit_field": two_edit_one_field,
    "zhiji/records/actions.py:move_field": two_put_fields_in_order,
}
