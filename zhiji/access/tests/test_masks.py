"""A mask hides something of every value, whatever its kind and length."""

import pytest

from zhiji.access.masks import mask, tail


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613812345678", "138****5678"),
        ("phone", "+442079460958", "+44****0958"),
        ("phone", "87654321", "****4321"),
        ("phone", "12345", "****5"),
        ("phone", "110", "****"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("email", "z@example.com", "***@example.com"),
        ("address", "杭州市西湖区文三路1号", "杭州市西湖****"),
        ("address", "北京", "北****"),
        ("identity", "33010619900307123X", "330****3X"),
        ("identity", "E1234567", "E1****"),
        ("card", "6222020200112233444", "****3444"),
        ("name", "王小明", "王**"),
        ("name", "王芳", "王*"),
        ("name", "王", "*"),
        ("handle", "wangfang88", "wangf****"),
    ],
)
def test_a_value_is_shown_as(kind: str, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


@pytest.mark.parametrize("kind", ["phone", "email", "address", "identity", "card", "name", "handle"])
def test_no_length_is_shown_whole(kind: str) -> None:
    for length in range(1, 40):
        value = "1234567890" * 4
        value = value[:length]
        shown = mask(kind, value + "@x.cn" if kind == "email" else value).split("@")[0].replace("*", "")
        hidden = length - len(shown)
        assert hidden >= (4 if kind == "phone" and length >= 4 else 1), (kind, value)
        assert len(shown) <= max(7, length // 2), (kind, value)


def test_no_more_is_looked_up_by_than_the_mask_shows() -> None:
    for length in range(1, 20):
        number = "98765432109876543210"[:length]
        assert tail("phone", number) in ("", mask("phone", number)[-4:])
    assert tail("phone", "+8613812345678") == "5678"
    assert [tail("phone", "12345"), tail("email", "zhang@example.com"), tail("address", "文三路1号1234")] == [""] * 3
