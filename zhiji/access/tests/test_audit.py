"""The audit page: newest first, narrowed by who, what and which, a page at a time."""

import pytest
from django.test import Client

from zhiji.access.audit import audit
from zhiji.access.models import AuditLine, User


@pytest.fixture
def page(alice: User, client: Client):  # type: ignore[no-untyped-def]
    client.force_login(alice)

    def open_page(**query: object) -> str:
        return client.get("/audit/", query, headers={"HX-Request": "true"}).content.decode()

    return open_page


def test_a_line_is_told_in_words(alice: User, bob: User, page) -> None:  # type: ignore[no-untyped-def]
    audit("user edited", bob, by=alice, role=["sales", "service"], regions=[[], ["浙江"]])
    text = page()
    assert "修改账号" in text and "销售 → 客服" in text and "role" not in text and "– → 浙江" in text
    assert "<html" not in text


def test_the_house_is_named_as_such(bob: User, page) -> None:  # type: ignore[no-untyped-def]
    audit("something new", bob, by=None)
    assert "系统" in page() and "something new" in page()


def test_what_a_rule_did_names_the_rules_that_led_to_it(bob: User, page) -> None:  # type: ignore[no-untyped-def]
    audit("priority set", bob, by=None, cause={"by": "rule:care", "_rules": ["welcome", "care"]})
    text = page()
    assert "联动规则 welcome → care" in text and "_rules" not in text and "rule:care" not in text


def test_lines_are_narrowed(alice: User, bob: User, sue: User, page) -> None:  # type: ignore[no-untyped-def]
    audit("task closed", bob, by=bob)
    audit("task opened", sue, by=sue)
    assert "完成任务" in page(user=bob.pk) and "新建任务" not in page(user=bob.pk)
    assert "新建任务" in page(verb="task opened") and "完成任务" not in page(verb="task opened")
    assert "完成任务" in page(type="access.user", id=bob.pk) and "新建任务" not in page(type="access.user", id=bob.pk)
    assert "放宽条件" in page(id="nothing")


def test_the_second_page_goes_on_where_the_first_ended(alice: User, bob: User, client: Client) -> None:
    AuditLine.objects.bulk_create(
        AuditLine(verb=f"verb {n}", object_type="access.user", object_id="1") for n in range(70)
    )
    client.force_login(alice)
    first = client.get("/audit/").context["lines"]
    second = client.get("/audit/", {"cursor": first.next}).context["lines"]
    verbs = [line.verb for line in [*first.rows, *second.rows]]
    assert verbs == [f"verb {n}" for n in reversed(range(70))]
    assert second.previous and not second.next


def test_a_detail_cannot_become_markup(bob: User, page) -> None:  # type: ignore[no-untyped-def]
    audit("user edited", bob, by=bob, name="<script>alert(1)</script>")
    assert "<script>alert" not in page()


def test_the_page_asks_the_same_number_of_questions_however_many_lines(
    alice: User,
    bob: User,
    client: Client,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    for _ in range(40):
        audit("task closed", bob, by=bob)
    client.force_login(alice)
    with django_assert_max_num_queries(6):
        client.get("/audit/")
