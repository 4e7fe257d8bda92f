"""An administrator makes, changes, orders, archives and brings back fields; nobody else does."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import may
from zhiji.access.tokens import create_token
from zhiji.records.models import CustomField
from zhiji.records.queries import at_work
from zhiji.records.tests.acts import made

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
LEVEL = {"label": "会员等级", "type": "choice", "choices": "gold = 金卡\n银卡\n", "section": "会员", "required": "1"}


def bearer(user: User) -> dict[str, Any]:
    scopes = [one for one in ("settings:write", "customers:read") if may(user, one)]
    token = create_token(by=user, user=user, name="t", scopes=scopes)
    return {"headers": {"Authorization": f"Bearer {token}"}}


def test_a_field_is_made_by_a_form_and_stands_in_the_list(alice: User, signed_in: Browser) -> None:
    browser = signed_in(alice)
    form = browser.get("/settings/fields/new/").content.decode()
    assert "会员等级" not in form and "谁可查看" in form
    assert browser.post("/settings/fields/new/", LEVEL | {"readers": ["sales"], "writers": []}).status_code == 302
    field = CustomField.objects.get()
    assert (field.key, field.type, field.choices) == ("会员等级", "choice", [["gold", "金卡"], ["银卡", "银卡"]])
    assert (field.required, field.unique, field.readers, field.writers) == (
        True, False, ["administrator", "sales"], ["administrator"],
    )  # fmt: skip
    page = browser.get("/settings/fields/").content.decode()
    assert "会员等级" in page and "金卡" in page and "管理员、销售" in page
    assert AuditLine.objects.get(verb="field created").detail["key"] == "会员等级"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"label": ""}, "label"),
        ({"choices": ""}, "choices"),
        ({"choices": "甲\n甲"}, "choices"),
        ({"choices": "打 13812345678"}, "choices"),
        ({"type": "text"}, "choices"),
        ({"type": "colour"}, "type"),
        ({"key": "name"}, "key"),
        ({"key": "电话 13812345678"}, "key"),
        ({"key": "常用邮箱"}, "key"),
        ({"unique": "1"}, "unique"),
        ({"label": "已有"}, "label"),
        ({"key": "已有"}, "label"),
    ],
)
def test_what_can_be_no_field_is_refused_beside_its_part(
    change: dict[str, str], name: str, alice: User, signed_in: Browser
) -> None:
    made("已有")
    answer = signed_in(alice).post("/settings/fields/new/", LEVEL | change)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {name}
    assert CustomField.objects.count() == 1


def test_changes_keep_key_and_type_and_are_audited_with_what_was_before(alice: User, signed_in: Browser) -> None:
    field = made("等级", "choice", key="level")
    browser = signed_in(alice)
    page = browser.get(f"/settings/fields/{field.pk}/").content.decode()
    assert "gold = 金卡" in page
    given = {"label": "级别", "choices": "gold = 黄金", "key": "other", "type": "text", "readers": ["sales"]}
    assert browser.post(f"/settings/fields/{field.pk}/", given).status_code == 302
    field.refresh_from_db()
    assert (field.label, field.key, field.type, field.choices) == ("级别", "level", "choice", [["gold", "黄金"]])
    detail = AuditLine.objects.get(verb="field edited").detail
    assert detail["label"] == ["等级", "级别"] and "section" not in detail


def test_fields_change_places(alice: User, signed_in: Browser) -> None:
    first, second, third = (made(one) for one in "甲乙丙")
    browser = signed_in(alice)
    browser.post(f"/settings/fields/{third.pk}/place/", {"up": "1"})
    assert at_work() == [first, third, second]
    browser.post(f"/settings/fields/{first.pk}/place/", {"up": "1"})
    assert at_work() == [first, third, second]
    browser.post(f"/settings/fields/{first.pk}/place/", {"down": "1"})
    assert at_work() == [third, first, second]


def test_an_archived_field_comes_back_unless_its_label_is_taken(alice: User, signed_in: Browser) -> None:
    field, browser = made("合同"), signed_in(alice)
    browser.post(f"/settings/fields/{field.pk}/archival/", {"archived": "1"})
    assert at_work() == []
    assert "已归档 1 个" in browser.get("/settings/fields/").content.decode()
    other = made("合同", key="contract")
    browser.post(f"/settings/fields/{field.pk}/archival/", {"archived": "0"})
    assert at_work() == [other]
    browser.post(f"/settings/fields/{other.pk}/archival/", {"archived": "1"})
    browser.post(f"/settings/fields/{field.pk}/archival/", {"archived": "0"})
    assert at_work() == [field]


def test_only_who_may_change_settings_makes_fields(alice: User, mona: User, bob: User, signed_in: Browser) -> None:
    field = made("合同")
    assert signed_in(mona).get("/settings/fields/").status_code == 200
    assert "新建字段" not in signed_in(mona).get("/settings/fields/").content.decode()
    assert "新建字段" in signed_in(alice).get("/settings/fields/").content.decode()
    for user in (mona, bob):
        assert signed_in(user).post("/settings/fields/new/", LEVEL).status_code == 403
        assert signed_in(user).post(f"/settings/fields/{field.pk}/archival/", {"archived": "1"}).status_code == 403
    assert at_work() == [field]


def test_a_program_makes_changes_and_archives_them(client: Client, alice: User) -> None:
    headers = bearer(alice)
    given = {"label": "会员等级", "key": "level", "type": "choices", "choices": [{"value": "金"}]}
    answer = client.post("/api/fields", given, content_type="application/json", **headers)
    assert answer.status_code == 201
    assert answer.json()["value"] == {"type": "array", "items": {"type": "string", "enum": ["金"]}}
    wrong = client.post("/api/fields", given, content_type="application/json", **headers)
    assert (wrong.status_code, wrong.json()["path"]) == (422, "label")
    changed = client.patch("/api/fields/level", {"archived": True, "section": "会员"}, "application/json", **headers)
    assert (changed.json()["archived"], changed.json()["section"]) == (True, "会员")
    assert client.patch("/api/fields/none", {}, "application/json", **headers).status_code == 404


def test_a_program_is_told_of_the_fields_that_its_user_may_read(client: Client, alice: User, bob: User) -> None:
    made("公开"), made("保密", readers=[Role.MANAGER])
    told = [
        [one["key"] for one in orjson.loads(client.get("/api/fields", **bearer(user)).content)] for user in (alice, bob)
    ]
    assert told == [["公开", "保密"], ["公开"]]
