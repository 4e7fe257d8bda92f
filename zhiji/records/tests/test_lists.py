"""The list that follows from a kind of records: found, narrowed, kept, taken as a file, acted on, taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import Forbidden
from zhiji.config.tests.house import bearer
from zhiji.desks.sales.actions import close_task, open_task
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.offers.kinds import TASKS
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted
from zhiji.records.actions import TooLate, act_on, take_back
from zhiji.records.kind import Act, BadKind, RecordKind, Sort
from zhiji.records.models import Deed, SavedView

pytestmark = pytest.mark.django_db
ALL = "/tasks/all/"
SignedIn = Callable[[User], Client]


@pytest.fixture
def alice(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("alice", role=Role.ADMINISTRATOR)


@pytest.fixture
def bob(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("bob", role=Role.SALES, display_name="小博")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def today() -> date:
    return clock.day_of(clock.now())


@pytest.fixture
def tasks(alice: User, bob: User) -> list[Task]:
    """Three open ones: today's, tomorrow's of somebody else, one with a number in its title."""
    made = []
    for number, (title, owner) in enumerate((("回访", alice), ("送样品", bob), ("电话 13812345678", alice))):
        customer = Customer.objects.create(root_id=0)
        Customer.objects.filter(pk=customer.pk).update(root_id=customer.pk)
        Portrait.objects.create(customer_id=customer.pk, name=f"客{number}", registered_at=clock.now(), owner=owner)
        due = today() + timedelta(days=number)
        made.append(open_task(by=alice, customer_id=customer.pk, title=title, due_on=due, owner=owner))
    return made


def titles(browser: Client, query: str = "") -> list[str]:
    shown = browser.get(f"{ALL}?{query}")
    return [row.title for row in shown.context["page"].rows]


def test_it_is_narrowed_searched_and_put_in_order(browser: Client, bob: User, tasks: list[Task]) -> None:
    assert titles(browser) == ["回访", "送样品", "电话 13812345678"]
    assert titles(browser, "sort=new")[0] == "电话 13812345678"
    assert titles(browser, f"owner={bob.pk}") == ["送样品"]
    assert titles(browser, "q=样品") == ["送样品"]
    assert titles(browser, f"due_on_to={today()}") == ["回访"]
    assert titles(browser, f"customer={tasks[1].customer_id}") == ["送样品"]
    assert titles(browser, "state=done") == [] and titles(browser, "state=nonsense") == []


def test_a_filter_is_a_sentence_and_how_many_is_said(browser: Client, bob: User, tasks: list[Task]) -> None:
    page = browser.get(f"{ALL}?owner={bob.pk}&customer={tasks[1].customer_id}").content.decode()
    assert "负责人是 小博" in page and "客户是 客1" in page
    assert browser.get(f"{ALL}count/?owner={bob.pk}").content.decode() == "1 项任务"


def test_it_is_found_from_anywhere_by_who_may_see_it(browser: Client, bob: User, tasks: list[Task]) -> None:
    assert "/tasks/all/?q=%E5%9B%9E%E8%AE%BF" in browser.get("/palette/", {"q": "回访"}).content.decode()
    client = Client()
    client.force_login(bob)
    assert "/tasks/all/?q=" not in client.get("/palette/", {"q": "回访"}).content.decode()
    assert "/tasks/all/?q=" in client.get("/palette/", {"q": "送样"}).content.decode()


def test_long_words_are_held_within_a_few_lines(browser: Client, tasks: list[Task]) -> None:
    words = "<b>" + "很长" * 60
    Task.objects.filter(pk=tasks[0].pk).update(outcome=words, title=words)
    page = browser.get(ALL).content.decode()
    assert page.count('<div class="list-long" title="&lt;b&gt;很长') == 2 and "<b>很长" not in page


def test_columns_that_were_chosen_stay(browser: Client, tasks: list[Task]) -> None:
    browser.get(f"{ALL}?column=kind&column=owner&column=nonsense")
    assert [one.key for one in browser.get(ALL).context["listing"].columns] == ["kind", "owner"]


def test_pages_follow_one_another(browser: Client, alice: User, tasks: list[Task]) -> None:
    for number in range(60):
        open_task(by=alice, customer_id=tasks[0].customer_id, title=f"第{number}", due_on=today() + timedelta(days=9))
    first = browser.get(ALL).context["page"]
    second = browser.get(f"{ALL}?cursor={first.next}").context["page"]
    assert len(first.rows) == 50 and len(second.rows) == 13 and not second.next
    assert not {one.pk for one in first.rows} & {one.pk for one in second.rows}


def test_what_is_written_is_masked_for_who_sees_masks(bob: User, tasks: list[Task]) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.MARKETER)
    Task.objects.filter(pk=tasks[2].pk).update(owner=bob, outcome="他说 13812345678")
    client = Client()
    client.force_login(bob)
    page = client.get(ALL).content.decode()
    assert "电话 138" in page and "他说 138" in page and "13812345678" not in page
    assert "回访" not in page


def test_a_view_is_kept_with_its_columns_and_by_its_list_alone(browser: Client, alice: User, tasks: list[Task]) -> None:
    browser.get(f"{ALL}?column=kind")
    browser.post(f"{ALL}views/", {"name": "我的", "query": "state=open"})
    view = SavedView.objects.get()
    assert (view.kind, view.query) == ("all_tasks", "state=open&column=kind")
    assert "我的</a>" in browser.get(ALL).content.decode()
    assert "我的</a>" not in browser.get("/orders/").content.decode()
    browser.post(f"{ALL}views/{view.pk}/removal/")
    assert not SavedView.objects.exists()


def test_a_file_holds_the_whole_list_safely(browser: Client, alice: User, tasks: list[Task]) -> None:
    Task.objects.filter(pk=tasks[0].pk).update(title="=1+1")
    answer = browser.post(f"{ALL}export/", {"query": "state=open"})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4 and lines[0].startswith("\ufeff任务,客户") and lines[1].startswith("'=1+1,客0")
    line = AuditLine.objects.get(verb="list exported")
    assert line.detail["rows"] == 3 and line.detail["whole"] and line.detail["kind"] == "all_tasks"


def acted(browser: Client, act: str, **values: Any) -> str:
    browser.post(f"{ALL}acts/{act}/", values)
    shown = browser.get(ALL).context["said"]
    return str(shown[0])


def test_many_are_closed_and_opened_again(browser: Client, alice: User, tasks: list[Task]) -> None:
    ids = [one.pk for one in tasks]
    assert acted(browser, "close", row=ids, outcome="办好了") == "已对 3 条“完成”。"
    assert {one.outcome for one in Task.objects.filter(state="done")} == {"办好了"}
    deed = Deed.objects.get()
    browser.post(f"/deeds/{deed.pk}/undo/")
    assert browser.get(ALL).context["said"][0] == "已撤销 3 条。"
    assert set(Task.objects.values_list("state", "outcome", "settled_at")) == {("open", "", None)}
    assert AuditLine.objects.filter(verb="task reopened").count() == 3
    assert Accepted.objects.filter(name="task_reopened").count() == 3
    close_task(tasks[0], by=alice, outcome="")
    assert Accepted.objects.filter(name="task_closed").count() == 4, "closing it anew is a fact of its own"


def test_what_changed_since_stays_as_it_is(browser: Client, alice: User, bob: User, tasks: list[Task]) -> None:
    later, ids = today() + timedelta(days=20), [one.pk for one in tasks]
    acted(browser, "postpone", row=ids, due_on=later.isoformat())
    Task.objects.filter(pk=ids[0]).update(due_on=later + timedelta(days=1))
    close_task(Task.objects.get(pk=ids[1]), by=alice, outcome="")
    browser.post(f"/deeds/{Deed.objects.get().pk}/undo/")
    told = browser.get(ALL).context["said"][0]
    assert "已撤销 1 条" in told and "另有 2 条" in told
    assert Task.objects.get(pk=ids[2]).due_on == tasks[2].due_on


def test_what_does_not_fit_is_left_out_and_said(browser: Client, alice: User, tasks: list[Task]) -> None:
    close_task(tasks[0], by=alice, outcome="")
    assert acted(browser, "drop", row=[one.pk for one in tasks]) == "已对 2 条“放弃”。另有 1 条不适用，没有改。"
    assert acted(browser, "drop", row=tasks[0].pk) == "没有可以“放弃”的，什么都没有改。"


def test_an_act_that_is_told_wrong_says_so_and_does_nothing(browser: Client, tasks: list[Task]) -> None:
    assert "到期日" in acted(browser, "postpone", row=tasks[0].pk, due_on="morgen")
    assert "不能早于今天" in acted(browser, "postpone", row=tasks[0].pk, due_on="2020-01-01")
    assert not Deed.objects.exists()


def test_the_whole_list_is_acted_on_as_it_is_narrowed(browser: Client, bob: User, tasks: list[Task]) -> None:
    acted(browser, "close", all="1", query=f"owner={bob.pk}", outcome="")
    assert [one.title for one in Task.objects.filter(state="done")] == ["送样品"]


def test_nobody_takes_back_what_another_did_nor_what_is_old(alice: User, bob: User, tasks: list[Task]) -> None:
    close = TASKS.act("close")
    assert close is not None
    outcome = act_on(TASKS, close, ids=[tasks[1].pk], values={"outcome": ""}, by=bob)
    assert outcome.deed is not None
    carol = User.objects.create_user("carol", role=Role.MANAGER)
    with pytest.raises(Forbidden):
        take_back(TASKS, outcome.deed, by=carol)
    Deed.objects.update(at=clock.now() - timedelta(days=1, seconds=1))
    with pytest.raises(TooLate, match="一天内"):
        take_back(TASKS, outcome.deed, by=bob)
    Deed.objects.update(at=clock.now())
    assert take_back(TASKS, outcome.deed, by=bob).changed == 1
    with pytest.raises(TooLate, match="已经撤销"):
        take_back(TASKS, outcome.deed, by=bob)


def test_others_rows_are_never_touched(bob: User, tasks: list[Task]) -> None:
    drop = TASKS.act("drop")
    assert drop is not None
    outcome = act_on(TASKS, drop, ids=[one.pk for one in tasks], values={}, by=bob)
    assert (outcome.changed, outcome.left) == (1, 2)
    assert [one.title for one in Task.objects.filter(state="dropped")] == ["送样品"]


def test_the_next_of_a_repeating_task_goes_with_its_undoing(alice: User, tasks: list[Task]) -> None:
    Task.objects.filter(pk=tasks[0].pk).update(repeat_days=7)
    close = TASKS.act("close")
    assert close is not None
    outcome = act_on(TASKS, close, ids=[tasks[0].pk], values={"outcome": ""}, by=alice)
    assert Task.objects.filter(title="回访", state="open").count() == 1 and outcome.deed is not None
    take_back(TASKS, outcome.deed, by=alice)
    assert [one.pk for one in Task.objects.filter(title="回访", state="open")] == [tasks[0].pk]
    close_task(tasks[0], by=alice, outcome="")
    assert Task.objects.filter(title="回访", state="open").count() == 1, "closed again, the next comes again"


def test_the_board_has_a_lane_a_state_and_moves_cards(browser: Client, alice: User, tasks: list[Task]) -> None:
    close_task(tasks[0], by=alice, outcome="")
    lanes = {one["value"]: one for one in browser.get(f"{ALL}board/").context["lanes"]}
    assert {key: one["count"] for key, one in lanes.items()} == {"open": 2, "done": 1, "dropped": 0}
    assert lanes["open"]["rows"][0]["moves"] == ["done", "dropped"] and lanes["done"]["rows"][0]["moves"] == ["open"]
    back = browser.post(lanes["done"]["move"], {"row": tasks[1].pk, "back": f"{ALL}board/"})
    assert back["Location"] == f"{ALL}board/" and Task.objects.get(pk=tasks[1].pk).state == "done"
    browser.post(lanes["open"]["move"], {"row": tasks[0].pk, "back": "//evil.example/"})
    assert Task.objects.get(pk=tasks[0].pk).state == "open"


def test_the_calendar_shows_each_on_its_day_and_leads_to_it(browser: Client, tasks: list[Task]) -> None:
    days = browser.get(f"{ALL}calendar/").context["days"]
    on = {one["day"]: one for one in days}
    assert [row["said"] for row in on[today()]["rows"]] == ["回访"]
    assert titles(browser, on[today()]["all"].partition("?")[2]) == ["回访"]
    assert browser.get(f"{ALL}calendar/?month=99-99").status_code == 200


def kind(**parts: Any) -> RecordKind:
    return replace(TASKS, **parts)


def test_a_kind_that_could_not_work_is_refused_at_start() -> None:
    assert kind()
    never = Act("x", "x", "x", "tasks:write", lambda rows, values, by: rows)
    with pytest.raises(BadKind, match="no index begins with title"):
        kind(sorts=(Sort("t", "t", ("title", "id")),))
    with pytest.raises(BadKind, match="ask before"):
        kind(acts=(*TASKS.acts, never))
    with pytest.raises(BadKind, match="more than one filter"):
        kind(filters=(*TASKS.filters, TASKS.filters[0]))
    with pytest.raises(BadKind, match="which is no act"):
        kind(acts=())


def test_programs_read_narrow_act_and_take_back(alice: User, bob: User, tasks: list[Task]) -> None:
    client = Client(headers=bearer(alice))
    found = client.get(f"/api/lists/all_tasks?owner={bob.pk}").json()
    assert [(row["said"], row["values"]["customer"], row["values"]["state"]) for row in found["rows"]] == [
        ("送样品", "客1", "待办")
    ]
    assert client.get("/api/lists/all_tasks?due_on_from=nonsense").status_code == 422
    ask = {"act": "postpone", "ids": [one.pk for one in tasks], "values": {"due_on": "2099-01-01"}}
    done = client.post("/api/lists/all_tasks/acts", ask, content_type="application/json").json()
    assert (done["changed"], done["left"]) == (3, 0) and {one.due_on.year for one in Task.objects.all()} == {2099}
    assert client.post(f"/api/deeds/{done['deed']}/undo").json() == {"changed": 3, "left": 0, "deed": None}
    assert [one.due_on for one in Task.objects.order_by("id")] == [one.due_on for one in tasks]
    again = client.post(f"/api/deeds/{done['deed']}/undo")
    assert again.status_code == 422 and "已经撤销" in again.json()["detail"]
    wrong = client.post("/api/lists/all_tasks/acts", {**ask, "values": {}}, content_type="application/json")
    assert wrong.status_code == 422 and "到期日" in wrong.json()["detail"]
    none = client.post("/api/lists/all_tasks/acts", {**ask, "act": "x"}, content_type="application/json")
    assert none.status_code == 404
