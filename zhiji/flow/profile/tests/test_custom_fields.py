"""Custom fields of customers: on their page, when they are entered, by API and by what sources tell."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import Forbidden
from zhiji.access.tokens import create_token
from zhiji.flow.collect.protocol.traits import parted
from zhiji.flow.profile.actions import create_customer, edit_attributes
from zhiji.flow.profile.actions.creation import Entered
from zhiji.flow.profile.actions.erasure import erase_customer
from zhiji.flow.profile.models import Portrait, SealedValue
from zhiji.flow.profile.tests.acts import all_settle, customer, identified, portrait
from zhiji.kernel.models import Accepted, Fact
from zhiji.kernel.values.nothing import Words
from zhiji.records.actions import archive_field, edit_field
from zhiji.records.models import CustomField, WrongValue
from zhiji.records.queries import declared
from zhiji.records.tests.acts import made, secret

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def bearer(user: User) -> dict[str, Any]:
    token = create_token(by=user, user=user, name="t", scopes=["customers:read", "customers:write", "facts:read"])
    return {"Authorization": f"Bearer {token}"}


def put(browser: Client, one: Portrait, field: CustomField, value: Any) -> Any:
    return browser.post(f"/customers/{one.pk}/part/?part={field.path}", {"value": value})


def held(one: Portrait) -> dict[str, Any]:
    return Portrait.objects.get(pk=one.pk).attributes


def test_the_page_shows_fields_by_sections_and_edits_them_by_their_types(sue: User, signed_in: Browser) -> None:
    one, browser = customer("user:1", name="王一"), signed_in(sue)
    level, height = made("会员等级", "choice", section="会员"), made("身高", "number", key="height")
    likes, until = made("爱好", "choices", section="会员"), made("到期", "date")
    page = browser.get(f"/customers/{one.pk}/").content.decode()
    assert page.index("身高") < page.index('record-group-title">会员') < page.index("会员等级")
    form = browser.get(f"/customers/{one.pk}/part/?part={level.path}").content.decode()
    assert '<option value="gold">金卡' in form
    for field, value in ((level, "gold"), (height, "1,700.5"), (likes, ["silver", "gold"]), (until, "2026-03-04")):
        assert put(browser, one, field, value).status_code == 200
    assert held(one) == {"会员等级": "gold", "height": 1700.5, "爱好": ["gold", "silver"], "到期": "2026-03-04"}
    page = browser.get(f"/customers/{one.pk}/").content.decode()
    assert "金卡" in page and "1,700.5" in page and "金卡、银卡" in page
    all_settle()
    told = Fact.objects.filter(name="attributes_changed").order_by("id")[1]
    assert told.properties == {"changes": {"attributes.height": 1700.5}, "by": "sue"}


def test_a_wrong_value_is_refused_in_the_users_words_and_changes_nothing(sue: User, signed_in: Browser) -> None:
    one, height = customer("user:1"), made("身高", "number")
    answer = put(signed_in(sue), one, height, "很高")
    assert answer.status_code == 422 and "身高：应是数字，例如 1234.5" in answer.content.decode()
    assert held(one) == {}
    assert put(signed_in(sue), one, height, "170").status_code == 200
    assert held(one) == {"身高": 170}


def test_values_from_before_a_field_was_declared_stay_and_are_shown(sue: User, signed_in: Browser) -> None:
    one = customer("user:1", 等级="gold", 备注="老客")
    level = made("会员等级", "choice", key="等级")
    page = signed_in(sue).get(f"/customers/{one.pk}/").content.decode()
    assert "会员等级" in page and "金卡" in page and "老客" in page
    edit_field(by=None, field=level, choices=[("a", "甲")])
    assert "gold" in signed_in(sue).get(f"/customers/{one.pk}/").content.decode()
    assert "gold" in signed_in(sue).get(f"/customers/{one.pk}/part/?part={level.path}").content.decode()


def test_who_enters_a_customer_is_asked_for_required_fields(sue: User, signed_in: Browser) -> None:
    level, browser = made("会员等级", "choice", required=True), signed_in(sue)
    form = {"kind": "person", "name": "王一", "priority": "0", "key": "k"}
    page = browser.get("/customers/new/").content.decode()
    assert page.index("会员等级") < page.index("更多资料")
    answer = browser.post("/customers/new/", form)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [f"field_{level.pk}"]
    assert not Portrait.objects.exists()
    assert browser.post("/customers/new/", form | {f"field_{level.pk}": "gold"}).status_code == 302
    one = Portrait.objects.get()
    assert one.attributes == {"会员等级": "gold"}
    refused = put(browser, one, level, "")
    assert refused.status_code == 422 and "会员等级：必填，不能清空" in refused.content.decode()
    assert held(one) == {"会员等级": "gold"}


def test_a_wrong_value_of_a_new_customer_is_said_beside_its_field(sue: User, signed_in: Browser) -> None:
    height = made("身高", "number")
    form = {"kind": "person", "name": "王一", "priority": "0", "key": "k", f"field_{height.pk}": "很高"}
    answer = signed_in(sue).post("/customers/new/", form)
    assert answer.status_code == 422 and "应是数字" in answer.context["form"].errors[f"field_{height.pk}"][0]
    assert not Portrait.objects.exists()


def test_a_program_writes_by_type_and_is_told_which_field_is_wrong(client: Client, sue: User) -> None:
    made("身高", "number"), made("会员", "flag")
    headers = bearer(sue)
    given = {"key": "k", "name": "王一", "attributes": {"身高": "170", "会员": "是", "自由": {"a": 1}}}
    new = client.post("/api/customers", given, content_type="application/json", headers=headers)
    assert new.json()["attributes"] == {"身高": 170, "会员": True, "自由": {"a": 1}}
    path = f"/api/customers/{new.json()['id']}"
    wrong = client.patch(path, {"attributes": {"身高": "高"}, "city": "宁波"}, "application/json", headers=headers)
    assert wrong.status_code == 422
    assert (wrong.json()["path"], wrong.json()["reason"]) == ("attributes.身高", "应是数字，例如 1234.5")
    assert client.get(path, headers=headers).json()["city"] == ""
    right = client.patch(path, {"attributes": {"身高": None}}, "application/json", headers=headers)
    assert right.json()["attributes"] == {"会员": True, "自由": {"a": 1}}


def test_what_sources_tell_is_read_by_type_and_odd_values_are_left_out() -> None:
    made("VIP Level", "choice"), made("身高", "number"), made("备用手机", "phone")
    fields = {"vip_level": declared()["VIP Level"], "身高": declared()["身高"], "备用手机": declared()["备用手机"]}
    given = {"vipLevel": "金卡", "身高": "很高", "备用手机": "138 1234 5678", "城市": "杭州", "别的": "x"}
    attributes, contacts, rejected = parted(given, Words(), fields)
    assert attributes == {"VIP Level": "gold", "备用手机": "+8613812345678", "city": "杭州", "别的": "x"}
    assert (contacts, list(rejected)) == ({}, ["身高"])


def test_a_role_reads_and_writes_only_what_it_may(sue: User, mona: User, alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王一")
    shown, kept = made("等级", writers=[Role.MANAGER]), secret("诊断")
    edit_attributes(customer_ids=[one.pk], changes={shown.path: "A1", kept.path: "Z9"}, by=alice)
    all_settle()
    pages = {user: signed_in(user).get(f"/customers/{one.pk}/").content.decode() for user in (alice, mona, sue)}
    assert all("A1" in page for page in pages.values())
    assert ["Z9" in pages[user] for user in (alice, mona, sue)] == [True, True, False]
    assert "诊断" in pages[mona] and "诊断" not in pages[sue]
    assert put(signed_in(sue), one, shown, "B2").status_code == 404
    assert signed_in(sue).get(f"/customers/{one.pk}/part/?part={kept.path}").status_code == 404
    for field in (shown, kept):
        with pytest.raises(Forbidden):
            edit_attributes(customer_ids=[one.pk], changes={field.path: "B2"}, by=sue)
        with pytest.raises(Forbidden):
            create_customer(entered=Entered(parts={"name": "李", field.path: "B2"}), key="k", by=sue)
    assert held(one) == {"等级": "A1", "诊断": "Z9"}
    assert put(signed_in(mona), one, shown, "B2").status_code == 200
    assert held(one)["等级"] == "B2"


def test_an_archived_field_is_shown_and_written_nowhere_and_keeps_its_values(alice: User, signed_in: Browser) -> None:
    one, field = customer("user:1", 合同="H8"), made("合同编号", key="合同")
    assert "修改合同编号" in signed_in(alice).get(f"/customers/{one.pk}/").content.decode()
    archive_field(by=alice, field=field)
    page = signed_in(alice).get(f"/customers/{one.pk}/").content.decode()
    assert "修改合同" not in page
    assert put(signed_in(alice), one, field, "H9").status_code == 404
    with pytest.raises(WrongValue, match="归档"):
        edit_attributes(customer_ids=[one.pk], changes={field.path: "H9"}, by=alice)
    assert held(one) == {"合同": "H8"}


def test_what_only_one_may_have_is_refused_to_the_second(
    sue: User, bob: User, signed_in: Browser, client: Client
) -> None:
    first, second = customer("user:1", name="王一"), customer("user:2", owner=bob, name="李二")
    plate = made("车牌", unique=True)
    assert put(signed_in(sue), first, plate, "浙A1").status_code == 200
    refused = put(signed_in(sue), second, plate, " 浙A1 ")
    assert refused.status_code == 422 and f"王一（{first.pk}）" in refused.content.decode()
    untold = put(signed_in(bob), second, plate, "浙A1").content.decode()
    assert "已有别的客户" in untold and "王一" not in untold
    wrong = client.patch(
        f"/api/customers/{second.pk}", {"attributes": {"车牌": "浙A1"}}, "application/json", headers=bearer(bob)
    )
    assert wrong.status_code == 422
    assert AuditLine.objects.filter(verb="contact looked up", user=bob).count() == 1
    assert held(second) == {}
    with pytest.raises(WrongValue, match="一次只能"):
        edit_attributes(customer_ids=[first.pk, second.pk], changes={plate.path: "浙B2"}, by=sue)
    with pytest.raises(WrongValue):
        create_customer(entered=Entered(parts={"name": "赵", plate.path: "浙A1"}), key="k", by=sue)
    assert Portrait.objects.count() == 2
    assert put(signed_in(sue), first, plate, "浙A1").status_code == 200
    assert put(signed_in(sue), second, plate, "浙B2").status_code == 200


def test_what_isnt_unique_yet_cant_be_asked_to_be() -> None:
    customer("user:1", 车牌="浙A1"), customer("user:2", 车牌="浙A1")
    plate = made("车牌")
    with pytest.raises(ValueError, match="重复"):
        edit_field(by=None, field=plate, unique=True)
    identified("user:2", 车牌="浙A2")
    all_settle()
    edit_field(by=None, field=plate, unique=True)
    assert declared()["车牌"].unique


def test_a_sensitive_value_is_kept_under_the_customers_key_and_revealed_with_a_line(
    sue: User, anna: User, alice: User, signed_in: Browser, client: Client
) -> None:
    one, field = customer("user:1", name="王一"), made("诊断", sensitive=True)
    assert put(signed_in(sue), one, field, "糖尿病二型").status_code == 200
    kept = f"{held(one)} {list(Accepted.objects.values())} {list(AuditLine.objects.values('detail'))}"
    assert "⟦own:" in kept and "糖尿病" not in kept
    all_settle()
    page = signed_in(anna).get(f"/customers/{one.pk}/").content.decode()
    assert "诊断" in page and "****" in page and "糖尿" not in page
    clear = signed_in(sue).post(f"/customers/{one.pk}/contacts/revelation/").content.decode()
    assert "糖尿病二型" in clear and AuditLine.objects.filter(verb="contacts revealed").count() == 1
    told = client.get(f"/api/customers/{one.pk}", headers=bearer(sue)).json()
    assert told["attributes"] == {"诊断": "****"}
    assert put(signed_in(sue), one, field, "****").status_code == 200
    assert "糖尿病二型" in signed_in(sue).post(f"/customers/{one.pk}/contacts/revelation/").content.decode()
    erase_customer(customer_id=one.pk, by=alice)
    assert not SealedValue.objects.exists() and held(one) == {}


def test_a_sensitive_trait_never_lies_in_clear() -> None:
    customer("user:1", 旧="明文")
    with pytest.raises(ValueError, match="明文"):
        made("旧", sensitive=True)
    field = made("诊断", sensitive=True)
    read = field.read("糖尿病")
    identified("user:1", 诊断=read)
    all_settle()
    assert portrait("user:1").attributes["诊断"].startswith("⟦own:")
    assert "糖尿病" not in str(list(Fact.objects.values("properties")))


def test_facts_by_api_tell_of_readable_fields_only(client: Client, sue: User, alice: User) -> None:
    one = customer("user:1", 等级="A1", 诊断="Z9")
    made("等级"), secret("诊断")
    for user, there in ((alice, True), (sue, False)):
        for path in (f"/api/customers/{one.pk}", f"/api/customers/{one.pk}/timeline", "/api/facts", "/api/customers"):
            text = client.get(path, headers=bearer(user)).content.decode()
            assert "A1" in text and ("Z9" in text) is there
