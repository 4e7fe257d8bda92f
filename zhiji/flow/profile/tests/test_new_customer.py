"""A customer is entered by hand: by page and by API, once, with what is known already told and nothing leaked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import Consent, Portrait
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import all_settle, customer
from zhiji.flow.profile.tests.test_wrong_person import api
from zhiji.flow.resolve.models import Customer
from zhiji.flow.resolve.queries import identities
from zhiji.kernel.models import Fact

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
PHONE = "138-1234-5678"
TYPED = {"key": "once", "kind": "person", "name": "  王芳 ", "phones": PHONE, "priority": "0"}


def page(browser: Client, **more: Any) -> Any:
    return browser.post("/customers/new/", TYPED | more)


def ask(user: User, **more: Any) -> Any:
    body = {"key": "1", "name": "王芳", "contacts": [{"kind": "phone", "value": PHONE}], **more}
    return api(user).post("/api/customers", body, content_type="application/json")


def test_what_was_typed_is_read_as_at_every_other_door(alice: User, signed_in: SignedIn) -> None:
    told = {"birthday": "1990/5/23", "tags": "ＶＩＰ，老客", "member": "\tM-7 "}
    told |= {"consent": "email", "proof": "入会申请表"}
    answer = page(signed_in(alice), **told, emails="A@Example.com", field=["身高", "", ""], value=["170", "", ""])
    (made,) = Portrait.objects.all()
    assert (answer.status_code, answer.url) == (302, f"/customers/{made.pk}/")
    assert (made.name, str(made.birthday), made.attributes) == ("王芳", "1990-05-23", {"身高": "170"})
    assert contacts.values([made.pk], "phone") == {made.pk: "+8613812345678"}
    assert contacts.values([made.pk], "email") == {made.pk: "a@example.com"}
    assert [one.key for one in identities(made.pk)] == ["user:M-7"]
    assert tags_of([made.pk]) == {made.pk: ["VIP", "老客"]}
    assert Consent.objects.get().proof == "入会申请表"


def test_the_pipeline_and_a_second_press_change_nothing(alice: User, signed_in: SignedIn) -> None:
    browser = signed_in(alice)
    first = page(browser)
    all_settle()
    assert page(browser).url == first.url
    all_settle()
    assert [one.name for one in Portrait.objects.all()] == ["王芳"] and Customer.objects.count() == 1
    assert set(Fact.objects.values_list("name", flat=True)) == {"customer_created", "attributes_changed"}
    line = AuditLine.objects.get(verb="customer created")
    assert (line.user, line.detail["contacts"]) == (alice, ["phone"]) and "1381234" not in str(line.detail)


def test_a_salesperson_owns_whom_they_enter(bob: User, alice: User, signed_in: SignedIn) -> None:
    assert page(signed_in(bob), owner=alice.pk).status_code == 302
    assert Portrait.objects.get().owner == bob


@pytest.mark.parametrize("name", ["mark", "anna"])
def test_roles_that_edit_no_customers_are_told_so(name: str, request: Any, signed_in: SignedIn) -> None:
    user = request.getfixturevalue(name)
    refused = page(signed_in(user))
    assert refused.status_code == 403
    assert f"您的角色（{user.get_role_display()}）不能新建和修改客户；请找管理员。" in refused.content.decode()
    assert ask(user).status_code == 403 and not Customer.objects.exists()
    assert "/customers/new/" not in signed_in(user).get("/customers/").content.decode()


@pytest.mark.parametrize("name", ["alice", "mona", "bob", "sue"])
def test_those_who_edit_customers_have_the_button(name: str, request: Any, signed_in: SignedIn) -> None:
    browser = signed_in(request.getfixturevalue(name))
    assert 'href="/customers/new/"' in browser.get("/customers/").content.decode()
    assert "/customers/new/" in browser.get("/palette/?q=xinjian").content.decode()
    assert page(browser).status_code == 302


def test_a_number_that_is_known_is_told_before_saving_and_once_more_on_saving(mona: User, signed_in: SignedIn) -> None:
    there = customer("user:1", name="李雷", contact={"phone": "13812345678"})
    browser = signed_in(mona)
    told = browser.post("/customers/new/known/", TYPED).content.decode()
    assert "李雷" in told and f"/customers/{there.pk}/" in told
    refused = page(browser)
    assert refused.status_code == 422 and f"/customers/{there.pk}/" in refused.content.decode()
    assert Customer.objects.count() == 1
    assert page(browser, anyway="1").status_code == 302 and Customer.objects.count() == 2
    assert AuditLine.objects.filter(verb="contact looked up").count() == 1


def test_what_a_salesperson_may_not_see_is_not_told(bob: User, alice: User, signed_in: SignedIn) -> None:
    customer("user:1", owner=alice, name="李雷", contact={"phone": "13812345678"})
    customer("user:2", owner=bob, name="韩梅", contact={"phone": "13912345678"})
    browser = signed_in(bob)
    assert "韩梅" in browser.post("/customers/new/known/", TYPED | {"phones": "13912345678"}).content.decode()
    assert browser.post("/customers/new/known/", TYPED).content.decode().strip() == ""
    assert page(browser).status_code == 302


def test_a_member_number_of_another_is_refused_without_their_name(bob: User, alice: User, signed_in: SignedIn) -> None:
    customer("user:7", owner=alice, name="李雷")
    refused = page(signed_in(bob), member="7").content.decode()
    assert "这个会员号已有客户" in refused and "李雷" not in refused and Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "phones": ""}, "至少填写一项"),
        ({"phones": "12"}, "电话"),
        ({"birthday": "昨天"}, "日期"),
        ({"consent": "email"}, "请写明授权的依据"),
        ({"tags": "13912345678"}, "标签是大家共用的词"),
    ],
)
def test_what_will_not_do_is_refused_and_kept(typed: Any, said: str, alice: User, signed_in: SignedIn) -> None:
    answer = page(signed_in(alice), **typed)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Customer.objects.exists()


def test_by_api_it_is_made_once_per_key(sue: User) -> None:
    first, again = ask(sue, tags=["VIP"]), ask(sue, tags=["VIP"])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() and first.json()["tags"] == ["VIP"]
    assert first.json()["contacts"][0]["masked"] == "138****5678"


def test_by_api_who_is_known_is_answered_with_who(sue: User) -> None:
    first = ask(sue).json()["id"]
    refused = ask(sue, key="2")
    assert (refused.status_code, refused.json()["customers"]) == (409, [first])
    assert ask(sue, key="2", anyway=True).status_code == 201
