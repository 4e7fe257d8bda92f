"""Declared fields in the customer list, its files, bulk edits and imported files: by type, for who may read them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.tests.acts import customer, portrait
from zhiji.flow.profile.tests.filing import counts, imported, reasons
from zhiji.flow.segment.conditions import parse
from zhiji.records.queries import declared
from zhiji.records.tests.acts import made, secret

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
HELD: dict[str, dict[str, Any]] = {
    "甲": {"等级": "gold", "爱好": ["gold"], "身高": 170, "签约": "2026-03-04", "来店": "2026-03-04T16:30:00+00:00",
           "会员": True, "地区": "浙江/杭州", "备注": "长文"},
    "乙": {"等级": "silver", "爱好": ["gold", "silver"], "身高": 180.5, "签约": "2026-03-05",
           "来店": "2026-03-05T15:59:00+00:00", "会员": False, "地区": "上海"},
    "丙": {},
}  # fmt: skip


@pytest.fixture
def cast(db: None) -> None:
    for name, attributes in HELD.items():
        customer(f"user:{name}", name=name, **attributes)
    types = ("choice", "choices", "number", "date", "moment", "flag", "region", "long_text")
    for label, type in zip(HELD["甲"], types, strict=True):
        made(label, type)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"field[等级]": "gold"}, "甲"),
        ({"field[爱好]": "silver"}, "乙"),
        ({"field[爱好]": "gold"}, "甲乙"),
        ({"field_min[身高]": "175"}, "乙"),
        ({"field_max[身高]": "170"}, "甲"),
        ({"field_from[签约]": "2026-03-05"}, "乙"),
        ({"field_to[来店]": "2026-03-05", "field_from[来店]": "2026-03-05"}, "甲乙"),
        ({"field_to[来店]": "2026-03-04"}, ""),
        ({"field[会员]": "true"}, "甲"),
        ({"field[会员]": "false"}, "乙"),
        ({"field[地区]": "浙江/杭州"}, "甲"),
        ({"field_held[备注]": "1"}, "甲"),
    ],
)
def test_the_list_is_narrowed_by_type_and_the_same_is_a_condition(
    asked: dict[str, str], found: str, cast: None, sue: User
) -> None:
    listing = Listing(sue, QueryDict(urlencode(asked)))
    listing.refuse_unread()
    assert "".join(sorted(row.name for row in listing.page().rows)) == "".join(sorted(found))
    tree = listing.condition()
    assert tree is not None and parse(tree)
    assert "gold" not in str([chip.sentence for chip in listing.chips()])


def test_the_panel_offers_every_field_by_its_label_and_choices(cast: None, sue: User, signed_in: Browser) -> None:
    made("车牌", key="plate")
    panel = signed_in(sue).get("/customers/filters/").content.decode()
    assert '<option value="plate">车牌' in panel
    asked = signed_in(sue).get(f"/customers/filters/field/?{urlencode({'of': '等级'})}").content.decode()
    assert 'value="gold"' in asked and "金卡" in asked and "银卡" in asked


def test_columns_show_and_files_hold_what_the_user_may_read(
    cast: None, sue: User, alice: User, signed_in: Browser
) -> None:
    customer("user:甲", 诊断="Z9", 链接="https://a.cn/b")
    secret("诊断"), made("链接", "link")
    columns = [("column", f"field:{one}") for one in ("等级", "爱好", "身高", "来店", "诊断", "链接")]
    for user, there in ((alice, True), (sue, False)):
        browser = signed_in(user)
        page = browser.get(f"/customers/?{urlencode(columns)}").content.decode()
        assert "金卡、银卡" in page and "2026-03-05 00:30" in page and 'href="https://a.cn/b"' in page
        assert (">诊断<" in page, "Z9" in page) == (there, there)
        file = browser.post("/customers/export/", {"query": urlencode(columns)})
        text = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
        assert "180.5" in text and "金卡、银卡" in text and "https://a.cn/b" in text and "<a" not in text
        assert ("Z9" in text, "诊断" in text) == (there, there)


def test_a_field_of_many_is_set_at_once_and_taken_back(cast: None, sue: User, anna: User, signed_in: Browser) -> None:
    level, browser = declared()["等级"], signed_in(sue)
    assert str(level.pk) in browser.get("/customers/bulk/form/").content.decode()
    assert "金卡" in browser.get(f"/customers/bulk/field/?of={level.pk}").content.decode()
    ids = list(Portrait.objects.values_list("pk", flat=True))
    post = {"customer": ids, "verb": "field", "of": level.pk, "value": "gold"}
    assert signed_in(anna).post("/customers/bulk/", post).status_code == 403
    browser.post("/customers/bulk/", post)
    assert {row.attributes["等级"] for row in Portrait.objects.all()} == {"gold"}
    said = browser.session["said"]
    assert "2 位" in said[0]
    browser.post("/customers/bulk/undo/", {"undo": said[1]})
    assert [portrait(f"user:{name}").attributes.get("等级") for name in "甲乙丙"] == ["gold", "silver", None]


def test_a_file_is_mapped_by_label_or_key_and_read_by_type(cast: None, alice: User, signed_in: Browser) -> None:
    made("过敏", "choice", choices=[("无", "无"), ("有", "有")]), made("车牌", key="plate")
    text = "会员号,等级,爱好,身高,来店,过敏,plate\n甲,银卡,金卡、银卡,1.8e2,2026/3/9 8:00,无,浙A1\n丁,铜卡,,很高,,有,\n"
    run = imported(signed_in(alice), text)
    assert portrait("user:甲").attributes == HELD["甲"] | {
        "等级": "silver", "爱好": ["gold", "silver"], "身高": 180, "来店": "2026-03-09T00:00:00+00:00", "过敏": "无",
        "plate": "浙A1",
    }  # fmt: skip
    assert portrait("user:丁").attributes == {"过敏": "有"}
    assert counts(run) == (2, 0, 0, 2)
    assert [one[:2] for one in reasons(run)] == [("3", "等级、身高")]
