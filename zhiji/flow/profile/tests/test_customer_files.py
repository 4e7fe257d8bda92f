"""Customers of a file: what is known, what returns, what means nothing, and whose word counts."""

from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.flow.collect.files import asking
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.profile.actions import edit_attributes, merge_customers, set_consent
from zhiji.flow.profile.contacts import values
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import consents, search
from zhiji.flow.profile.tests.acts import all_settle, portrait
from zhiji.flow.profile.tests.filing import counts, imported, reasons, uploaded
from zhiji.flow.resolve.models import Customer, Identity
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record

pytestmark = pytest.mark.django_db
HEAD = "会员号,姓名,城市\n"


@pytest.fixture
def browser(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


def city(identity: str = "user:g-1") -> str:
    return portrait(identity).city


def test_a_value_that_returns_wins_and_is_not_called_known(browser: Client) -> None:
    imported(browser, HEAD + "g-1,钱回头,杭州\n")
    imported(browser, HEAD + "g-1,钱回头,上海\n")
    again = imported(browser, HEAD + "g-1,钱回头,杭州\ng-2,李新来,温州\n")
    assert (counts(again), city()) == ((2, 0, 0, 0), "杭州")
    assert counts(imported(browser, HEAD + "g-1,钱回头,杭州\n")) == (0, 1, 0, 0)


def test_a_value_that_returns_thrice_in_one_file_wins(browser: Client) -> None:
    rows = "g-1,钱回头,杭州\ng-1,钱回头,上海\ng-1,钱回头,杭州\ng-1,钱回头,杭州\n"
    assert counts(imported(browser, HEAD + rows)) == (3, 1, 0, 0)
    assert city() == "杭州"


def test_a_value_that_returns_with_a_newer_time_wins_and_an_old_one_does_not(browser: Client) -> None:
    head = "会员号,姓名,城市,更新时间\n"
    for day, place in (("01", "杭州"), ("02", "上海"), ("03", "杭州")):
        assert imported(browser, f"{head}g-1,钱回头,{place},2026-03-{day}\n").taken == 1
    assert city() == "杭州"
    old = imported(browser, f"{head}g-1,钱回头,上海,2026-03-02\n")
    assert (counts(old), old.older, city()) == ((0, 0, 0, 0), 1, "杭州")
    first = imported(browser, f"{head}g-1,钱回头,宁波,2026-02-01\n")
    assert (counts(first), first.older, city()) == ((1, 0, 0, 0), 0, "杭州")


def test_other_values_for_the_same_moment_follow_the_order_of_the_file(browser: Client) -> None:
    head, time = "会员号,姓名,城市,更新时间\n", "2026-03-01 10:00:00"
    imported(browser, head + "".join(f"g-1,钱回头,{place},{time}\n" for place in ("杭州", "上海", "杭州")))
    assert city() == "杭州"


def test_what_was_changed_elsewhere_meanwhile_is_not_called_known(browser: Client, alice: User) -> None:
    imported(browser, HEAD + "g-1,钱回头,杭州\n")
    edit_attributes(customer_ids=[portrait("user:g-1").pk], changes={"city": "上海"}, by=alice)
    assert counts(imported(browser, HEAD + "g-1,钱回头,杭州\n")) == (1, 0, 0, 0)
    said = {"traits": {"city": "上海"}}  # still in the inbox when the file comes
    record([NewFact("customer_identified", clock.now(), "test", "1", said, identity="user:g-1")])
    assert counts(imported(browser, HEAD + "g-1,钱回头,杭州\n")) == (1, 0, 0, 0)
    assert city() == "杭州"


def test_a_phone_that_returns_is_the_one_that_is_used(browser: Client) -> None:
    for number in ("13900021101", "13900021102", "13900021101"):
        assert counts(imported(browser, f"会员号,手机\ng-1,{number}\n")) == (1, 0, 0, 0)
    root = portrait("user:g-1").pk
    assert values([root], "phone") == {root: "+8613900021101"}
    assert counts(imported(browser, "会员号,手机\ng-1,+86 139 0002 1101\n")) == (0, 1, 0, 0)


def test_phones_of_spreadsheets_are_the_numbers_they_were(browser: Client, alice: User) -> None:
    run = imported(
        browser,
        "会员号,姓名,手机\ng-1,机一,13900021102.0\ng-2,机二,8613900021103\ng-3,机三,+86 139 0002 1104\n"
        "g-4,机四,1.39E+10\n",
    )
    assert counts(run) == (4, 0, 0, 1)
    assert [(row, column) for row, column, _ in reasons(run)] == [("5", "手机")]
    assert "科学计数" in reasons(run)[0][2]
    for number, name in (("13900021102", "机一"), ("13900021103", "机二"), ("13900021104", "机三")):
        for text in (number, f"86{number}", f"{number[:3]} {number[3:7]} {number[7:]}", f"{number}.0"):
            assert [one.name for one in search(alice, text, 5)] == [name]
    assert [one.name for one in search(alice, "机四", 5)] == ["机四"]


@pytest.mark.parametrize("number", ["13900027101", "Hao@Example.com", "86 139 0002 7101"])
def test_a_phone_or_address_as_member_number_is_never_kept_in_clear(browser: Client, alice: User, number: str) -> None:
    imported(browser, f"会员号,姓名,城市\n{number},号码会员,杭州\n")
    key = Identity.objects.get().key
    assert key == f"user:{privacy.person_id(number)}" and "7101" not in key and "@" not in key
    assert [one.name for one in search(alice, number, 5)] == ["号码会员"]


def test_a_file_without_update_time_does_not_give_back_a_withdrawn_consent(browser: Client) -> None:
    head = "会员号,姓名,邮箱,允许发邮件\n"
    imported(browser, head + "g-1,退订甲,g1@example.com,是\n")
    root = portrait("user:g-1").pk
    assert consents([root], "email") == {root: True}
    set_consent(customer_ids=[root], channel="email", granted=False, by=None, proof="unsubscribe link")
    run = imported(browser, "会员号,姓名,邮箱,允许发邮件,等级\ng-1,退订甲,g1@example.com,是,银卡\n")
    assert consents([root], "email") == {root: False}
    assert (counts(run), Portrait.objects.get().attributes) == ((1, 0, 0, 1), {"等级": "银卡"})
    assert "已退订" in reasons(run)[0][2]
    imported(browser, "会员号,允许发邮件,更新时间\ng-1,是,2020-01-01\n")
    assert consents([root], "email") == {root: False}


def test_a_withdrawal_stands_also_when_two_customers_turn_out_to_be_one(browser: Client, alice: User) -> None:
    imported(browser, "会员号,允许发邮件\ng-1,是\n")
    first = portrait("user:g-1").pk
    set_consent(customer_ids=[first], channel="email", granted=False, by=None)
    imported(browser, "会员号,允许发邮件\ng-2,是\n")
    second = portrait("user:g-2").pk
    merge_customers(loser=first, winner=second, by=alice)
    all_settle()
    assert consents([second], "email") == {second: False}


def test_words_for_nothing_are_no_values_and_an_odd_value_does_not_cost_the_customer(browser: Client) -> None:
    run = imported(
        browser,
        "会员号,姓名,性别,城市,手机,邮箱,生日\ngn-01,N/A,女,-,13900022103,gn01@example.com,1990-01-01\n"
        "gn-02,空邮,女,NULL,13900022104,NULL,1990-01-01\ngn-03,零日,女,杭州,13900022105,gn03@example.com,0000-00-00\n"
        "gn-04,未说,未知,杭州,13900022106,gn04@example.com,1990-01-01\ngn-05,错邮,1,杭州,13900022107,不详,昨天\n",
    )
    assert counts(run) == (5, 0, 0, 1)
    assert [(row, column) for row, column, _ in reasons(run)] == [("6", "生日")]
    found = {one: portrait(f"user:{one}") for one in ("gn-01", "gn-02", "gn-03", "gn-04", "gn-05")}
    assert [(one.name, one.gender, one.city, str(one.birthday or "")) for one in found.values()] == [
        ("", "female", "", "1990-01-01"),
        ("空邮", "female", "", "1990-01-01"),
        ("零日", "female", "杭州", ""),
        ("未说", "", "杭州", "1990-01-01"),
        ("错邮", "male", "杭州", ""),
    ]
    assert Customer.objects.count() == 5


def test_the_workspace_says_which_words_mean_nothing(browser: Client) -> None:
    page = browser.get("/imports/words/").content.decode()
    assert "保密" in page and r"\N" in page
    browser.post("/imports/words/", {"words": "没填\nN/A"})
    imported(browser, HEAD + "g-1,没填,保密\n")
    assert (portrait("user:g-1").name, portrait("user:g-1").city) == ("", "保密")


def test_a_manager_sees_the_words_and_may_not_change_them(mona: User, signed_in: Callable[[User], Client]) -> None:
    browser = signed_in(mona)
    assert "0000-00-00" in browser.get("/imports/words/").content.decode()
    assert browser.post("/imports/words/", {"words": "x"}).status_code == 403
    assert "0000-00-00" in browser.get("/imports/words/").content.decode()


def test_contact_values_in_texts_are_known_again_although_they_are_kept_sealed(browser: Client) -> None:
    head, row = "会员号,姓名,备注,备用电话\n", "g-1,王芳 13900021103,打 139 0002 1104 找她,13900021105\n"
    assert counts(imported(browser, head + row)) == (1, 0, 0, 0)
    assert "1104" not in str(portrait("user:g-1").attributes)
    assert counts(imported(browser, head + row)) == (0, 1, 0, 0)
    draft = uploaded(browser, head + row.replace("1104", "1106"))
    for expected in ((1, 0, 0, 0), (0, 1, 0, 0)):  # the second while the first is still in the inbox
        browser.post(draft, {"kind": "customer", "start": "1"})
        assert asking.work()
        assert counts(ImportRun.objects.latest("id")) == expected
        draft = uploaded(browser, head + row.replace("1104", "1106"), "again.csv")
