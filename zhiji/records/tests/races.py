"""Who meets at the locks of custom fields, and of records that are acted on."""

from typing import Any

from zhiji.access.models import AuditLine, Role, User
from zhiji.config.tests.races.racing import Race
from zhiji.desks.sales.actions import open_task
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.offers.kinds import TASKS
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock
from zhiji.records.actions import Outcome, TooLate, act_on, edit_field, move_field, take_back
from zhiji.records.models import Deed
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


def _task() -> tuple[User, Task]:
    by = User.objects.create_user("mona", role=Role.MANAGER)
    return by, open_task(by=by, customer_id=customer("user:1").pk, title="回访", due_on=clock.day_of(clock.now()))


def two_act_on_one_record() -> Race:
    """What one has closed doesn't fit the other's act any more."""
    by, task = _task()

    def done(key: str) -> Outcome:
        act = TASKS.act(key)
        assert act is not None
        return act_on(TASKS, act, ids=[task.pk], values={}, by=by)

    def then(first: Any, second: Any) -> None:
        assert (first.changed, second.changed, second.left) == (1, 0, 1)
        assert Task.objects.get().state == Task.State.DONE and Deed.objects.count() == 1

    return Race(lambda: done("close"), lambda: done("drop"), then)


def two_take_one_deed_back() -> Race:
    """It is taken back once."""
    by, task = _task()
    act = TASKS.act("close")
    assert act is not None
    deed = act_on(TASKS, act, ids=[task.pk], values={}, by=by).deed
    assert deed is not None

    def then(first: Any, second: Any) -> None:
        assert first.changed == 1 and isinstance(second, TooLate), second
        assert AuditLine.objects.filter(verb="task reopened").count() == 1

    return Race(lambda: take_back(TASKS, deed, by=by), lambda: take_back(TASKS, deed, by=by), then)


RACES = {
    "zhiji/records/actions/deeds.py:_locked": two_act_on_one_record,
    "zhiji/records/actions/deeds.py:take_back": two_take_one_deed_back,
    "zhiji/records/actions/fields.py:edit_field": two_edit_one_field,
    "zhiji/records/actions/fields.py:move_field": two_put_fields_in_order,
}
