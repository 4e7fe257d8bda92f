"""Everything that a user can click works over the server that ships, for each of the six roles.

The pages come from the product itself: from its links, forms and URL configuration, so a new page is walked without
a word here.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from zhiji.access.models import Role
from zhiji.ops.demo.accounts import ACCOUNTS, PASSWORD
from zhiji.ops.tests.installation import Installation
from zhiji.ops.tests.test_journey import CHROMIUM
from zhiji.ops.tests.walk import eyes, hands
from zhiji.ops.tests.walk.filling import well
from zhiji.ops.tests.walk.page import Form, read
from zhiji.ops.tests.walk.place import filled as filled_installation
from zhiji.ops.tests.walk.routes import filled, routes
from zhiji.ops.tests.walk.sending import send_all, take_files
from zhiji.ops.tests.walk.unseen import ask_all
from zhiji.ops.tests.walk.visitor import Visitor, matched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
if not CHROMIUM:
    pytest.skip("needs chromium", allow_module_level=True)

NAMES = {one.role: one.username for one in reversed(ACCOUNTS)}
ROLES = sorted(NAMES, key=lambda role: role == Role.ADMINISTRATOR)  # who can lock others out comes last


@pytest.fixture(scope="module")
def house() -> Iterator[Installation]:
    with filled_installation() as one:
        yield one


@pytest.fixture(scope="module")
def visitors(house: Installation) -> dict[str, Visitor]:
    """One of each role, who has followed every link."""
    there = {role: Visitor(house.url, NAMES[role], PASSWORD, thorough=role == Role.ADMINISTRATOR) for role in ROLES}
    for visitor in there.values():
        visitor.wander()
    return there


@pytest.fixture(scope="module")
def window(house: Installation) -> Iterator[eyes.Eyes]:
    with eyes.browser() as browser:
        yield eyes.Eyes(browser, house.url)


@pytest.mark.parametrize("role", ROLES)
def test_whatever_a_role_is_shown_opens_and_speaks_to_users(visitors: dict[str, Visitor], role: str) -> None:
    visitor = visitors[role]
    assert len(visitor.walk.pages) > 40
    assert not visitor.walk.troubles, "\n".join(visitor.walk.troubles)


def test_a_roles_navigation_shows_what_it_may_use_and_nothing_else(visitors: dict[str, Visitor]) -> None:
    rails = {role: set(visitor.walk.pages["/"].rail) for role, visitor in visitors.items()}
    every = rails[Role.ADMINISTRATOR]
    for role, visitor in visitors.items():
        answers = {address: visitor.http.get(address).status_code for address in rails[role]}
        assert {address for address in rails[role] if answers[address] != 200} == set(), role
    assert rails[Role.ANALYST] < rails[Role.MANAGER] < every


def test_every_address_answers_each_role_or_refuses_it_in_words(visitors: dict[str, Visitor]) -> None:
    best = visitors[Role.ADMINISTRATOR].walk
    for visitor in visitors.values():
        before = len(visitor.walk.troubles)
        for route in routes():
            address = filled(route, best)
            if address and route not in {match.route for match in visitor.walk.matches}:
                visitor.look(address, visitor.http.get(address), "the configuration")
        troubles = visitor.walk.troubles[before:]
        assert not troubles, "\n".join(troubles)


def test_pages_run_in_a_browser_without_a_fault_and_fit_a_phone(
    visitors: dict[str, Visitor], window: eyes.Eyes
) -> None:
    seen: dict[str, set[str]] = {}
    looked = 0
    for visitor in reversed(visitors.values()):
        window.turn(visitor.http.cookies)
        for address, page in list(visitor.walk.pages.items()):
            match = matched(address)
            if match is None or not page.whole or not address.startswith("/"):
                continue
            if page.shape - seen.setdefault(match.route, set()):
                seen[match.route] |= page.shape
                window.look(address)
                looked += 1
    assert not window.troubles, "\n".join(window.troubles)
    assert looked > 60


def test_many_customers_are_tagged_at_once_and_it_is_taken_back(
    visitors: dict[str, Visitor], window: eyes.Eyes
) -> None:
    window.turn(visitors[Role.MANAGER].http.cookies)
    hands.tag_and_take_back(window)


def test_a_task_is_put_off_and_laid_into_another_lane_and_both_are_taken_back(
    visitors: dict[str, Visitor], window: eyes.Eyes
) -> None:
    window.turn(visitors[Role.MANAGER].http.cookies)
    hands.put_off_and_take_back(window)


@pytest.mark.parametrize("page", ["/segments/at-risk/", "/schemes/lifecycle/"])
def test_a_changed_condition_is_not_left_without_a_question(
    visitors: dict[str, Visitor], window: eyes.Eyes, page: str
) -> None:
    window.turn(visitors[Role.MANAGER].http.cookies)
    window.open(f"{page}edit/")
    assert hands.leave_asked(window, page) == []
    window.open(f"{page}edit/")
    hands.change_a_condition(window)
    assert hands.leave_asked(window, page) == ["beforeunload"]


def test_a_condition_is_written_as_a_sentence(visitors: dict[str, Visitor], window: eyes.Eyes) -> None:
    window.turn(visitors[Role.MANAGER].http.cookies)
    window.open("/segments/fresh-lovers/edit/")
    hands.write_a_condition(window, "近 90 天 支付订单 次数 ≥ 3")


def test_a_file_that_is_no_table_is_refused_and_its_error_goes_with_another(
    visitors: dict[str, Visitor], window: eyes.Eyes
) -> None:
    window.turn(visitors[Role.ADMINISTRATOR].http.cookies)
    window.open("/imports/")
    hands.pick(window, hands.NO_TABLE)
    window.page.get_by_role("button", name="上传并查看").click()
    expect(window.page.locator(".zj-toast-error")).to_contain_text("第一行应是列名", timeout=hands.SLOW)
    hands.pick(window, hands.ONE_ROW)
    window.page.get_by_role("button", name="上传并查看").click()
    expect(window.page.locator("main")).to_contain_text("先看看", timeout=hands.SLOW)
    expect(window.page.locator(".zj-toast-error")).to_have_count(0)
    window.page.goto("/imports/")
    assert not window.troubles, "\n".join(window.troubles)


def test_letters_on_their_way_and_failed_ones_are_offered_what_can_be_done(visitors: dict[str, Visitor]) -> None:
    visitor = visitors[Role.ADMINISTRATOR]
    for state, deed in (("planned", "cancellation"), ("failed", "retry")):
        listed = read("/messages/", visitor.http.get(f"/messages/?state={state}").text)
        letter = next(link for link in listed.links if (one := matched(link)) and one.route == "messages/<int:pk>/")
        page = visitor.look(letter, visitor.http.get(letter), "/messages/")
        assert page and [form.action for form in page.forms if form.action.endswith(deed)]


def test_a_merge_is_lifted_from_the_record(visitors: dict[str, Visitor]) -> None:
    visitor = visitors[Role.ADMINISTRATOR]
    listed = read("/customers/", visitor.http.get("/customers/", params={"tag": "走查"}).text)
    for link in listed.links:
        if (one := matched(link)) and one.route == "customers/<int:pk>/":
            visitor.look(link, visitor.http.get(link), "/customers/")
    found = [form for form in visitor.walk.forms.values() if form.action.endswith("/lifting/")]
    assert found
    assert visitor.send(found[0], well(found[0])).status_code == 302
    assert not visitor.walk.troubles, "\n".join(visitor.walk.troubles)


def test_files_come_with_what_they_promise(visitors: dict[str, Visitor]) -> None:
    """Exports of customers and members, a file written in the background, the rows that an import refused."""
    for visitor in visitors.values():
        take_files(visitor)
        assert not visitor.walk.troubles, "\n".join(visitor.walk.troubles)
    names = [name for visitor in visitors.values() for name in visitor.walk.files]
    for part in ("/customers/export/", "/segments/", "/exports/", "/failures/"):
        assert any(part in name for name in names), part


def test_a_build_is_shown_while_it_goes_on_and_is_called_off(visitors: dict[str, Visitor]) -> None:
    visitor = visitors[Role.ADMINISTRATOR]
    new = next(form for (route, *_), form in visitor.walk.forms.items() if route == "segments/new/")
    found: list[Form] = []
    for _try in range(5):  # until a page comes before its build is done
        made = visitor.send(new, well(new)).headers["Location"]
        page = visitor.look(made, visitor.http.get(made), new.page)
        if page and (found := [form for form in page.forms if "/builds/" in form.action]):
            break
    assert found
    visitor.wander_on()
    assert visitor.send(found[0], well(found[0])).status_code == 200
    assert "builds/<int:pk>/" in visitor.walk.answered
    assert not visitor.walk.troubles, "\n".join(visitor.walk.troubles)


@pytest.mark.parametrize("role", ROLES)
def test_what_scripts_ask_and_a_passing_state_offers_answers_in_words(visitors: dict[str, Visitor], role: str) -> None:
    ask_all(visitors[role], visitors[Role.ADMINISTRATOR])
    assert not visitors[role].walk.troubles, "\n".join(visitors[role].walk.troubles)


@pytest.mark.parametrize("role", ROLES)
def test_every_form_answers_in_words_and_keeps_what_was_typed(visitors: dict[str, Visitor], role: str) -> None:
    visitor = visitors[role]
    assert send_all(visitor) > 15
    assert not visitor.walk.troubles, "\n".join(visitor.walk.troubles)


def test_every_address_of_the_product_was_walked(visitors: dict[str, Visitor], window: eyes.Eyes) -> None:
    """After all forms: their answers lead to pages too."""
    answered = window.answered.union(*(visitor.walk.answered for visitor in visitors.values()))
    assert not (left := set(routes()) - answered), "not walked:\n" + "\n".join(sorted(left))
