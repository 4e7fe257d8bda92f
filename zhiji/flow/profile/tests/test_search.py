"""Search finds by name, 拼音, initials, end of a phone, a whole value or id, and only whom one may see."""

import pytest
from django.db import connection

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.flow.profile.names import search_keys
from zhiji.flow.profile.queries import search
from zhiji.flow.profile.tests.acts import customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    ["欧阳", "娜娜", "ouyang", "OuYang Na", "nana", "oynn", "5678", "13812345678", "NA@example.com", "user:8", "8001"],
)
def test_a_customer_is_found_by(text: str, alice: User) -> None:
    customer("user:8", name="欧阳娜娜", contact={"phone": "13812345678", "email": "na@example.com"})
    customer("card:8001", name="欧阳娜娜", contact={"phone": "13812345678", "email": "na@example.com"})
    customer("user:9", name="李雷", contact={"phone": "13900000000", "email": "li@example.com"})
    found = search(alice, text, 10)
    assert found and {one.name for one in found} == {"欧阳娜娜"}


@pytest.mark.parametrize(
    "text",
    [
        "8613812345678",
        "138 1234 5678",
        "+86-138-1234-5678",
        "１３８１２３４５６７８",
        "13812345678.0",
        "mailto:NA@example.com",
    ],
)
def test_a_contact_value_is_found_however_it_is_written(text: str, alice: User) -> None:
    customer("user:8", name="欧阳娜娜", contact={"phone": "13812345678", "email": "na@example.com"})
    customer("user:9", name="李雷", contact={"phone": "13900000000", "email": "li@example.com"})
    assert [one.name for one in search(alice, text, 10)] == ["欧阳娜娜"]


@pytest.mark.parametrize("text", ["13900027101", "user:13900027101", "+86 139 0002 7101", '="13900027101"'])
def test_a_member_number_that_is_a_phone_is_found_by_what_was_typed(text: str, alice: User) -> None:
    customer(f"user:{privacy.person_id('13900027101')}", name="号码会员")
    assert [one.name for one in search(alice, text, 10)] == ["号码会员"]


@pytest.mark.parametrize(
    "text",
    ["", " ", "%", "王%", "zzz", "0000", "'; drop table", "\x7f", "\ud7ff", "\U0010ffff", "王\x00芳x", "a" * 500],
)
def test_what_finds_nobody_answers_nobody(text: str, alice: User) -> None:
    customer("user:8", name="欧阳娜娜", contact={"phone": "13812345678"})
    assert search(alice, text, 10) == []


@pytest.mark.parametrize(
    ("name", "reading"), [("单雄信", "shanxiongxin"), ("曾国藩", "zengguofan"), ("尉迟恭", "yuchigong")]
)
def test_surnames_are_read_as_surnames(name: str, reading: str) -> None:
    assert reading in search_keys(name)


def test_a_source_that_came_a_moment_ago_is_searched_too(alice: User) -> None:
    customer("user:8", name="李雷")
    assert search(alice, "9001", 10) == []
    customer("card:9001", name="欧阳娜娜")
    assert [one.name for one in search(alice, "9001", 10)] == ["欧阳娜娜"]


def test_bob_finds_only_his_own(alice: User, bob: User) -> None:
    mine = customer("user:1", owner=bob, name="王芳", contact={"phone": "13812345678"})
    customer("user:2", owner=alice, name="王芳", contact={"phone": "13912345678"})
    for text in ("王芳", "wangfang", "5678"):
        assert [one.pk for one in search(bob, text, 10)] == [mine.pk]
    assert search(bob, "13912345678", 10) == []
    assert search(bob, "user:2", 10) == []


def test_a_prefix_is_read_from_the_index() -> None:
    customer("user:1", name="王芳")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT customer_id FROM profile_searchkey WHERE key >= '王' AND key < '玌'")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan" in plan and "Index Cond" in plan
