"""Contact values leave what is told at the door, wherever they stand in it, and what is no contact value stays."""

import json
from typing import Any

import pytest

from zhiji.access import sealing
from zhiji.access.privacy import Unreadable, seal


def told(properties: dict[str, Any], before: bytes | None = None) -> tuple[dict[str, Any], bytes | None]:
    clean, sealed = sealing.sealed(json.dumps(properties, ensure_ascii=False).encode(), before)
    return json.loads(clean), sealed


def test_a_value_is_taken_out_and_a_token_says_where_it_was() -> None:
    clean, sealed = told({"note": "请打 13812345678 或写 li@example.com", "sum": 12})
    assert clean == {"note": "请打 ⟦phone:r0⟧ 或写 ⟦email:r1⟧", "sum": 12}
    assert sealed is not None
    assert sealing.opened(sealed)["values"] == {"r0": ["phone", "13812345678"], "r1": ["email", "li@example.com"]}


def test_under_a_name_that_means_a_contact_value_all_is_one_however_deep() -> None:
    clean, sealed = told({"phone": "12", "to": {"address": ["文三路 1 号", {"line": "2 楼"}, 7.0, True, None, ""]}})
    assert clean["phone"] == "⟦phone:r0⟧"
    assert clean["to"]["address"] == ["⟦address:r1⟧", {"line": "⟦address:r2⟧"}, "⟦address:r3⟧", True, None, ""]
    assert sealed is not None
    assert sealing.opened(sealed)["values"] == {
        "r0": ["phone", "12"], "r1": ["address", "文三路 1 号"], "r2": ["address", "2 楼"], "r3": ["address", "7"],
    }  # fmt: skip


def test_a_number_is_taken_out_where_it_is_a_telephones_and_stays_in_a_code() -> None:
    clean, sealed = told({"mark": 13812345678, "order_id": 13812345678, "sum": 138, "good": True})
    assert clean == {"mark": "⟦phone:r0⟧", "order_id": 13812345678, "sum": 138, "good": True}
    assert sealed is not None and list(sealing.opened(sealed)["values"]) == ["r0"]


def test_a_token_is_not_sealed_again() -> None:
    assert told({"phone": "⟦phone:p0⟧"}) == ({"phone": "⟦phone:p0⟧"}, None)


def test_what_holds_nothing_personal_stays_as_it_is_with_what_was_sealed_before() -> None:
    before = sealing.payload({"phone": "+8613812345678"}, {})
    assert told({"sum": 12}, before) == ({"sum": 12}, before) and told({"sum": 12}) == ({"sum": 12}, None)
    assert sealing.payload({}, {}) is None


def test_what_was_sealed_before_is_sealed_with_what_comes_now() -> None:
    before = sealing.payload({"email": "li@example.com"}, {"p0": ["phone", "1"]})
    _, sealed = told({"note": "13812345678"}, before)
    assert sealed is not None
    assert sealing.opened(sealed) == {
        "email": "li@example.com", "values": {"p0": ["phone", "1"], "r0": ["phone", "13812345678"]},
    }  # fmt: skip
    with pytest.raises(Unreadable):
        sealing.opened(seal(b"{}", "another purpose"))


def test_a_name_that_is_a_number_is_shown_masked_and_kept_sealed() -> None:
    clean, sealed = told({"traits": {"name": "13812345678", "city": "杭州"}, "changes": {"name": "13912345678"}})
    assert clean["traits"] == {"name": "138****5678", "city": "杭州", "name_as_given": "⟦name:r0⟧"}
    assert clean["changes"] == {"name": "139****5678", "attributes.name_as_given": "⟦name:r1⟧"}
    assert sealed is not None
    assert sealing.opened(sealed)["values"] == {"r0": ["name", "13812345678"], "r1": ["name", "13912345678"]}


def test_an_audit_line_names_the_kind_only() -> None:
    assert sealing.blotted({"q": "13812345678", "n": 3}) == {"q": "⟦phone⟧", "n": 3}
    assert sealing.blotted({"phone": "1"}) == {"phone": "⟦phone⟧"}
    untouched = {"q": "王芳"}
    assert sealing.blotted(untouched) is untouched


def test_a_token_is_told_in_words() -> None:
    assert sealing.worded("打 ⟦phone:p0⟧ 或 ⟦email⟧，⟦other:1⟧") == "打 [手机] 或 [邮箱]，[other]"
