"""Types of fields: how each reads, shows and writes, and that a half one refuses the start."""

from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from zhiji.kernel.values import Refusal
from zhiji.records import types
from zhiji.records.models import CustomField
from zhiji.records.tests.acts import LEVELS
from zhiji.records.valuetype import BadType

READ: list[tuple[str, Any, Any]] = [
    ("text", "  浙A 12345 ", "浙A 12345"),
    ("text", 7.0, "7"),
    ("long_text", "一行\r\n两行", "一行\n两行"),
    ("number", "1,234.5", 1234.5),
    ("number", 3.0, 3),
    ("number", "0.123456", 0.1235),
    ("money", "¥1,234.567", 1234.57),
    ("date", "2026年3月4日", "2026-03-04"),
    ("moment", "2026-03-04 15:06", "2026-03-04T07:06:00+00:00"),
    ("flag", "是", True),
    ("flag", False, False),
    ("choice", "金卡", "gold"),
    ("choice", "ＧＯＬＤ", "gold"),
    ("choices", "银卡、gold", ["gold", "silver"]),
    ("choices", ["银卡"], ["silver"]),
    ("choices", [], None),
    ("region", "浙江省杭州市", "浙江/杭州"),
    ("region", "上海", "上海"),
    ("region", "浙江/杭州", "浙江/杭州"),
    ("link", "https://zhiji.example/a?b=1", "https://zhiji.example/a?b=1"),
    ("phone", "138 1234 5678", "+8613812345678"),
    ("email", "Li@Example.com", "li@example.com"),
]
ODD: list[tuple[str, Any]] = [
    ("text", ["a"]), ("text", True), ("text", "长" * 401), ("long_text", {}), ("number", "很多"), ("number", "12,50"),
    ("number", True), ("money", "USD 3"), ("money", None), ("date", "明天"), ("date", 20260304), ("moment", "早上"),
    ("flag", "也许"), ("choice", "铜卡"), ("choice", ""), ("choices", "金卡、铜卡"), ("choices", {"a": 1}),
    ("region", "火星"), ("link", "javascript:alert(1)"),
    ("link", "javascript://a.cn/%0aalert(1)"), ("link", "zhiji.example"), ("link", "http://[bad"),
    ("phone", "12"), ("email", "li@"), ("email", 5),
]  # fmt: skip


def of(type: str) -> CustomField:
    return CustomField(key="x", label="X", type=type, choices=LEVELS if types.every()[type].chosen else [])


@pytest.mark.parametrize(("type", "given", "kept"), READ)
def test_a_value_is_read_as_people_write_it(type: str, given: Any, kept: Any) -> None:
    found = of(type).read(given)
    assert (found, found.__class__) == (kept, kept.__class__)


@pytest.mark.parametrize(("type", "given"), ODD)
def test_what_is_no_value_of_the_type_is_refused_with_advice(type: str, given: Any) -> None:
    found = of(type).read(given)
    assert isinstance(found, Refusal) and found.reason


@pytest.mark.parametrize("type", types.every())
def test_what_goes_into_a_file_is_read_back_from_it(type: str) -> None:
    kept = [value for one, _given, value in READ if one == type and value is not None]
    for language in ("zh-hans", "en"):
        with override(language):
            assert [of(type).read(of(type).written(one)) for one in kept] == kept
    assert kept


def test_every_type_shows_whatever_json_is_kept_under_its_name() -> None:
    for type in types.every():
        for odd in ("别的", 3, 2.5, True, ["a", 1], {"a": 1}):
            assert of(type).shown(odd) and of(type).written(odd)
            assert of(type).control().widget.render("value", odd)


def test_a_link_opens_only_the_web() -> None:
    assert 'href="https://a.cn/"' in of("link").shown("https://a.cn/")
    assert "href" not in of("link").shown("javascript:alert(1)")


def test_a_type_that_leaves_something_out_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (Path(types.__file__).parent / "text.py").read_text().replace('key="text"', 'key="NAME"')
    monkeypatch.syspath_prepend(tmp_path)
    for number, line in enumerate(("    parse=_parse,\n", '    compared="text",\n', '    operators=("eq",')):
        name = f"half{number}"
        text = whole.replace("NAME", name)
        (tmp_path / f"{name}.py").write_text(text)
        assert types.whole(name).key == name
        half = text.replace(line, "" if line.endswith("\n") else "    operators=(),#")
        (tmp_path / f"{name}b.py").write_text(half.replace(f'"{name}"', f'"{name}b"'))
        with pytest.raises(BadType, match=name):
            types.whole(f"{name}b")
    (tmp_path / "other.py").write_text(whole.replace("NAME", "text"))
    with pytest.raises(BadType, match="other"):
        types.whole("other")
