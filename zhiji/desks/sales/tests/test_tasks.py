"""Tasks: who opens, sees and settles them; once; again after thirty days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.desks.sales import actions
from zhiji.desks.sales.actions import TaskRefused
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.offers.steps import filled
from zhiji.desks.sales.queries import open_when, tasks_of_customer, visible_tasks
from zhiji.flow.act.actions import RuleRefused, create_rule, switch_on
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, StepRun
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.profile.actions import erase_customer
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
MAY = date(2026, 5, 1)


def customer(owner: User | None = None, name: str = "王芳") -> int:
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    Portrait.objects.create(customer_id=row.pk, owner=owner, name=name)
    return row.pk


def task_for(owner: User, **more: object) -> Task:
    given = {"title": "call", "due_on": clock.day_of(clock.now()), **more}
    return actions.open_task(by=owner, customer_id=customer(owner), **given)  # type: ignore[arg-type]


class TestByRule:
    STEP = {"kind": "open_task", "title": "回访 {{ name }}", "task_kind": "call", "due_days": 3, "repeat_days": 30}

    def rule(self, **more: object) -> Rule:
        trigger = {"kind": "fact", "fact": "order_paid"}
        made = create_rule(by=None, name="r", trigger=trigger, steps=[{**self.STEP, **more}], holdout=0, reentry_days=0)
        return switch_on(made, by=None, as_of=NOON)

    def run(self, rule: Rule, *customers: int, occasion: str = "a") -> None:
        enter(rule, [Candidate(one, f"{occasion}:{one}", NOON) for one in customers], NOON)
        while round_once(as_of=NOON):
            pass

    def test_goes_to_the_customers_owner_with_the_name_filled_in(self, bob: User) -> None:
        self.run(self.rule(), customer(bob))
        task = Task.objects.get()
        assert (task.title, task.owner, task.kind, task.due_on) == ("回访 王芳", bob, "call", MAY + timedelta(days=3))
        assert Accepted.objects.get(name="task_opened").properties["_rules"]

    def test_waits_for_an_owner_when_the_customer_has_none_at_work(self, bob: User) -> None:
        User.objects.filter(pk=bob.pk).update(is_active=False)
        self.run(self.rule(), customer(bob), customer())
        assert list(Task.objects.values_list("owner", flat=True)) == [None, None]

    def test_is_not_opened_again_while_the_same_one_waits(self, bob: User) -> None:
        rule, one = self.rule(), customer(bob)
        self.run(rule, one)
        self.run(rule, one, occasion="b")
        assert Task.objects.count() == 1
        assert list(StepRun.objects.order_by("id").values_list("state", flat=True)) == ["done", "skipped"]

    def test_refuses_a_title_with_a_variable_there_is_not(self) -> None:
        with pytest.raises(RuleRefused, match="phone"):
            self.rule(title="call {{ phone }}")

    def test_of_a_customer_without_a_name_reads_well(self) -> None:
        assert filled("回访 {{ name }}", None) == "回访 客户"


class TestByHand:
    def test_records_who_and_a_fact_without_words(self, bob: User) -> None:
        task = task_for(bob, title="secret words")
        fact = Accepted.objects.get(name="task_opened")
        assert AuditLine.objects.get(verb="task opened").user == bob
        assert fact.customer_id == task.customer_id and "secret" not in str(fact.properties)

    def test_for_a_customer_of_somebody_else_is_refused(self, bob: User, mona: User) -> None:
        with pytest.raises(Forbidden):
            actions.open_task(by=bob, customer_id=customer(mona), title="x", due_on=MAY)
        assert not Task.objects.exists()

    def test_closing_keeps_the_outcome_and_leaves_a_fact(self, bob: User) -> None:
        task = task_for(bob)
        assert actions.close_task(task, by=bob, outcome=" 已约 ") is None
        task.refresh_from_db()
        assert (task.state, task.outcome, task.settled_by) == ("done", "已约", bob)
        assert Accepted.objects.get(name="task_closed").properties["state"] == "done"

    def test_a_repeating_one_opens_the_next_when_done(self, bob: User) -> None:
        following = actions.close_task(task_for(bob, repeat_days=30), by=bob, outcome="ok")
        assert following is not None and following.repeat_days == 30
        assert following.due_on == clock.day_of(clock.now()) + timedelta(days=30)

    def test_a_repeating_one_ends_when_dropped(self, bob: User) -> None:
        actions.drop_task(task_for(bob, repeat_days=30), by=bob)
        assert list(Task.objects.values_list("state", flat=True)) == ["dropped"]

    def test_a_settled_one_cannot_be_settled_again(self, bob: User) -> None:
        task = task_for(bob, repeat_days=30)
        actions.close_task(task, by=bob, outcome="once")
        with pytest.raises(TaskRefused):
            actions.close_task(task, by=bob, outcome="twice")
        assert Task.objects.count() == 2

    def test_somebody_elses_cannot_be_touched(self, bob: User, sue: User) -> None:
        task = task_for(bob)
        with pytest.raises(Forbidden):
            actions.close_task(task, by=sue, outcome="mine now")
        task.refresh_from_db()
        assert task.state == "open"

    def test_may_be_postponed_but_not_into_the_past(self, bob: User) -> None:
        task, today = task_for(bob), clock.day_of(clock.now())
        assert actions.postpone_task(task, by=bob, due_on=today + timedelta(days=9)).due_on == today + timedelta(days=9)
        with pytest.raises(TaskRefused):
            actions.postpone_task(task, by=bob, due_on=today - timedelta(days=1))

    def test_is_handed_only_to_who_may_work_on_tasks(self, bob: User, sue: User, anna: User) -> None:
        task = task_for(bob)
        assert actions.reassign_task(task, by=bob, owner=sue).owner == sue
        with pytest.raises(TaskRefused):
            actions.reassign_task(task_for(bob), by=bob, owner=anna)


def test_erasing_a_customer_takes_the_words_out_of_their_tasks(bob: User) -> None:
    task = task_for(bob, title="call 王芳")
    actions.close_task(task, by=bob, outcome="she moved")
    erase_customer(customer_id=task.customer_id, by=None)
    task.refresh_from_db()
    assert (task.title, task.outcome, task.state) == ("–", "", "done")


class TestSeeing:
    def test_managers_see_all_others_their_own(self, bob: User, sue: User, mona: User, anna: User) -> None:
        mine, hers = task_for(bob), task_for(sue)
        assert set(visible_tasks(mona)) == {mine, hers}
        assert list(visible_tasks(bob)) == [mine] and list(visible_tasks(sue)) == [hers]
        assert not visible_tasks(anna).exists()

    def test_open_ones_stand_under_when_they_are_due(self, bob: User) -> None:
        today = clock.day_of(clock.now())
        days = {"overdue": -1, "today": 0, "coming": 7, "later": 8}
        made = {when: task_for(bob, due_on=today + timedelta(days=after)) for when, after in days.items()}
        assert {when: list(open_when(visible_tasks(bob), when, today)) for when in days} == {  # type: ignore[arg-type]
            when: [task] for when, task in made.items()
        }

    def test_the_customers_page_shows_those_of_merged_customers_too(self, bob: User) -> None:
        task, root = task_for(bob), customer(bob)
        Customer.objects.filter(pk=task.customer_id).update(root_id=root)
        assert tasks_of_customer(root, bob) == [task]

    def test_the_page_closes_one_in_place(self, bob: User, signed_in: Callable[[User], Client]) -> None:
        task, browser = task_for(bob, title="给王芳打电话"), signed_in(bob)
        assert "给王芳打电话" in browser.get("/tasks/").content.decode()
        answer = browser.post(f"/tasks/{task.pk}/closure/", {"outcome": "好"}, headers={"HX-Request": "true"})
        assert "好" in answer.content.decode() and "给王芳打电话" not in browser.get("/tasks/").content.decode()
        assert "给王芳打电话" in browser.get("/tasks/all/?state=done&state=dropped").content.decode()

    def test_a_stranger_gets_404_for_somebody_elses(
        self, bob: User, sue: User, signed_in: Callable[[User], Client]
    ) -> None:
        task = task_for(bob)
        assert signed_in(sue).post(f"/tasks/{task.pk}/closure/", {"outcome": "x"}).status_code == 404
        task.refresh_from_db()
        assert task.state == "open"

    def test_an_analyst_has_no_tasks_page(self, anna: User, signed_in: Callable[[User], Client]) -> None:
        assert signed_in(anna).get("/tasks/").status_code == 403
