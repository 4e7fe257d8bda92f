"""Comments: by whom, seen by whom, told to whom; through merges and erasure."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.config.tests.house import bearer
from zhiji.flow.profile import actions as profile
from zhiji.flow.profile.tests.acts import all_settle, customer, happens
from zhiji.trade.models import Order
from zhiji.work.comments import actions, queries
from zhiji.work.comments.actions import CommentRefused
from zhiji.work.comments.following import follow, unfollow
from zhiji.work.comments.models import Comment, Follower
from zhiji.work.comments.queries import NoSuchRecord, Record
from zhiji.work.notices import queries as notices

pytestmark = pytest.mark.django_db
CUSTOMER = "resolve.customer"


def one(owner: User | None = None, who: str = "user:1", name: str = "王芳") -> int:
    pk: int = customer(who, name=name).pk
    if owner:
        profile.assign_owner(customer_ids=[pk], owner=owner, by=None)
    return pk


def say(by: User, pk: int, text: str = "打过电话", subject: str = CUSTOMER) -> Comment:
    return actions.write(by=by, subject=subject, subject_id=pk, text=text)


def texts(user: User, pk: int, subject: str = CUSTOMER) -> list[str]:
    return [shown.text for shown in queries.comments(user, queries.record(user, subject, pk)).rows]


def told(user: User) -> list[str]:
    return [line.text for line in notices.lines(user).rows]


def found(user: User, pk: int) -> Record:
    return queries.record(user, CUSTOMER, pk)


class TestSeeing:
    def test_whoever_sees_the_record_sees_and_counts_them_and_nobody_else(
        self, bob: User, sue: User, mona: User, signed_in: Callable[[User], Client]
    ) -> None:
        hers = one(owner=mona)
        say(mona, hers)
        assert texts(sue, hers) == ["打过电话"] and queries.panel(sue, CUSTOMER, hers)["comments_count"] == 1
        assert queries.panel(bob, CUSTOMER, hers) == {}
        with pytest.raises(NoSuchRecord):
            say(bob, hers)
        asked = {"subject": CUSTOMER, "id": hers}
        assert signed_in(bob).get("/comments/panel/", asked).status_code == 404
        assert Client().get("/api/comments", asked, headers=bearer(bob)).status_code == 404
        assert Client().get("/api/comments", asked, headers=bearer(sue)).json()["rows"][0]["text"] == "打过电话"
        assert Comment.objects.count() == 1

    @pytest.mark.parametrize("subject", ["", "access.user", "segment.segment", "x"])
    def test_what_takes_no_comments_is_no_record(self, alice: User, subject: str) -> None:
        with pytest.raises(NoSuchRecord):
            say(alice, alice.pk, subject=subject)
        assert not Comment.objects.exists()

    def test_contact_values_are_masked_and_who_sees_masks_cannot_save_them(self, mona: User, anna: User) -> None:
        pk = one()
        say(mona, pk, "电话 13912345678")
        say(anna, pk, "另一个 13912345679")
        assert texts(mona, pk)[1] == "电话 13912345678"
        assert texts(anna, pk) == ["另一个 139****5679", "电话 139****5678"]
        rows = queries.comments(anna, found(anna, pk)).rows
        assert [shown.editable for shown in rows] == [False, False]

    def test_the_second_page_goes_on_where_the_first_ended(self, mona: User) -> None:
        pk = one()
        for number in range(7):
            say(mona, pk, f"第 {number}")
        first = queries.comments(mona, found(mona, pk), size=4)
        second = queries.comments(mona, found(mona, pk), size=4, cursor=first.next)
        assert [row.text for row in (*first.rows, *second.rows)] == [f"第 {n}" for n in range(6, -1, -1)]

    def test_they_stand_on_the_pages_of_customers_and_orders(
        self, alice: User, signed_in: Callable[[User], Client]
    ) -> None:
        pk = one()
        happens("order_paid", "user:1", order_id="A-1", amount=3)
        all_settle()
        order = Order.objects.get()
        say(alice, pk, "关于人")
        say(alice, order.pk, "关于单", subject="commerce.order")
        browser = signed_in(alice)

        def asked(page: str) -> str:
            """What the page asks for when it is there."""
            (address,) = re.findall(r'hx-get="(/comments/panel/[^"]+)"', browser.get(page).content.decode())
            return browser.get(unescape(address)).content.decode()

        on_customer, on_order = asked(f"/customers/{pk}/"), asked(f"/orders/{order.pk}/")
        assert "关于人" in on_customer and "关于单" not in on_customer
        assert "关于单" in on_order and "关于人" not in on_order


class TestWriting:
    @pytest.mark.parametrize(("text", "says"), [(" \n ", "写点什么"), ("字" * 4001, "4000")])
    def test_what_is_empty_or_too_long_is_refused(self, mona: User, text: str, says: str) -> None:
        with pytest.raises(CommentRefused, match=says):
            say(mona, one(), text)
        assert not Comment.objects.exists() and not AuditLine.objects.filter(verb="comment written").exists()

    def test_the_audit_keeps_what_was_said_before(self, mona: User) -> None:
        said = say(mona, one(), "先")
        actions.edit(said, by=mona, text="后")
        actions.delete(said, by=mona)
        kept = {line.verb: line.detail for line in AuditLine.objects.filter(object_type="comments.comment")}
        assert kept["comment edited"] == {"before": "先", "after": "后"} and kept["comment deleted"] == {"before": "后"}
        assert texts(mona, said.subject_id) == [] and Comment.objects.get().text == ""
        with pytest.raises(CommentRefused, match="已经删除"):
            actions.edit(said, by=mona, text="又")

    def test_nobody_changes_anothers_not_even_an_administrator(self, mona: User, alice: User, bob: User) -> None:
        said = say(mona, one(owner=mona))
        for deed in (lambda by: actions.edit(said, by=by, text="x"), lambda by: actions.delete(said, by=by)):
            with pytest.raises(Forbidden):
                deed(alice)
            with pytest.raises(NoSuchRecord):
                deed(bob)
        said.refresh_from_db()
        assert said.text == "打过电话" and said.deleted_at is None


class TestTelling:
    def test_a_mention_tells_once_by_name_and_an_address_mentions_nobody(self, mona: User, sue: User) -> None:
        User.objects.filter(pk=sue.pk).update(display_name="苏念")
        said = say(mona, one(), "请@sue看看，或写 x@sue.example")
        assert texts(mona, said.subject_id) == ["请@苏念看看，或写 x@sue.example"]
        actions.edit(said, by=mona, text="@sue 又@mona")
        assert told(sue) == ["mona 在备注里 @ 了您"] and told(mona) == []

    def test_who_does_not_see_the_record_cannot_be_mentioned_nor_picked(self, mona: User, bob: User, sue: User) -> None:
        hers = one(owner=mona)
        with pytest.raises(CommentRefused, match="bob"):
            say(mona, hers, "@sue @bob")
        assert not Comment.objects.exists() and told(bob) == told(sue) == []
        assert queries.colleagues(mona, found(mona, hers), "b") == []
        assert queries.colleagues(mona, found(mona, hers), "su") == [sue]

    def test_followers_hear_of_new_ones_while_they_see_the_record(self, mona: User, bob: User, sue: User) -> None:
        pk = one(owner=bob)
        follow(bob, found(bob, pk))
        follow(sue, found(sue, pk))
        follow(sue, found(sue, pk))
        unfollow(sue, found(sue, pk))
        say(mona, pk)
        assert told(bob) == ["mona 写了备注"] and told(sue) == told(mona) == []
        profile.assign_owner(customer_ids=[pk], owner=mona, by=None)
        say(mona, pk)
        assert notices.unread(bob.pk) == 1 and notices.lines(bob).rows[0].hidden

    def test_who_writes_follows_and_who_is_mentioned_hears_of_it_once(self, mona: User, sue: User) -> None:
        pk = one()
        say(sue, pk)
        say(mona, pk, "@sue 好")
        assert told(sue) == ["mona 在备注里 @ 了您"]
        assert {row.user for row in Follower.objects.all()} == {sue, mona}


class TestMergedAndErased:
    def test_those_of_a_merged_customer_are_shown_with_the_roots_and_go_with_it_again(self, mona: User) -> None:
        root, loser = one(), one(who="user:2", name="王芳二")
        say(mona, loser, "甲")
        laid = profile.merge_customers(loser=loser, winner=root, by=mona)
        say(mona, root, "乙")
        assert texts(mona, root) == texts(mona, loser) == ["乙", "甲"]
        profile.unmerge_customers(redirect=laid, by=mona)
        assert texts(mona, root) == ["乙"] and texts(mona, loser) == ["甲"]

    def test_erasing_takes_the_words_out_of_comments_and_of_the_audit(self, mona: User) -> None:
        pk, other = one(name="欧阳蕤宾"), one(who="user:2", name="李四")
        said = say(mona, pk, "爱听编钟")
        actions.edit(said, by=mona, text="爱听埙")
        say(mona, other, "欧阳蕤宾的朋友")
        say(mona, other, "别人的事")
        profile.erase_customer(customer_id=pk, by=None)
        kept = str(list(Comment.objects.values_list("text"))) + str(list(AuditLine.objects.values_list("detail")))
        for word in ("编钟", "埙", "蕤宾"):
            assert word not in kept
        assert "别人的事" in kept


def test_by_api_one_is_written_and_comes_back_and_a_bad_one_is_refused(mona: User, bob: User) -> None:
    pk, headers = one(), bearer(mona)

    def post(**body: Any) -> Any:
        return Client().post("/api/comments", body, content_type="application/json", headers=headers)

    made = post(subject=CUSTOMER, id=pk, text="你好")
    assert made.status_code == 201 and made.json()["author"] == "mona"
    assert post(subject=CUSTOMER, id=pk, text="字" * 4001).status_code == 422
    assert post(subject=CUSTOMER, id=2**62, text="x").status_code == 404
    assert Comment.objects.count() == 1
