"""The same value means the same from every door: file, tracking, API, form, search."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import Door, door, shop
from zhiji.flow.profile.contacts import values
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import consents, search
from zhiji.flow.profile.tests.acts import all_settle
from zhiji.flow.profile.tests.filing import imported
from zhiji.flow.resolve.models import Identity
from zhiji.flow.resolve.queries import customers_of
from zhiji.kernel.values import identifier

__all__ = ["door", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)
Doors = Callable[..., dict[str, list[Any]]]
few = settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.generate,),  # each example walks through every door: shrinking one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

LETTERS = st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=("Cc", "Cs", "Cn", "Co"))
PLAIN = st.text(LETTERS, max_size=8)
DRESS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: f" {text}\t",
    lambda text: f"\u200b{text}\ufeff",
    lambda text: f'="{text}"',
    lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    str.upper,
)


def written(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Texts of a kind in many writings, with others among them."""
    dressed = st.tuples(values, st.sampled_from(DRESS)).map(lambda pair: pair[1](pair[0]))
    odd = st.sampled_from(["NULL", "N/A", "-", "未知", "0000-00-00", "1e999999999", "杭州", "12,50"]) | PLAIN
    return st.lists(dressed | dressed | odd, min_size=12, max_size=12)


@pytest.fixture
def browser(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


@pytest.fixture
def api(alice: User) -> Client:
    token = create_token(by=None, user=alice, name="t", scopes=["customers:read", "customers:write"])
    return Client(headers={"Authorization": f"Bearer {token}"})


_numbers = iter(range(1, 10**9))


def people(count: int) -> list[str]:
    return [f"c-{next(_numbers)}" for _ in range(count)]


def filed(browser: Client, header: str, texts: list[str]) -> list[str]:
    """Customers of a file with these texts in one column."""
    ids, out = people(len(texts)), io.StringIO()
    csv.writer(out).writerows([["会员号", header], *zip(ids, texts, strict=True)])
    imported(browser, out.getvalue())
    return ids


def tracked(door: Door, name: str, texts: list[Any]) -> list[str]:
    ids = people(len(texts))
    calls = [{"type": "identify", "userId": one, "traits": {name: text}} for one, text in zip(ids, texts, strict=True)]
    assert door.batch(*calls).json() == {"success": True}
    all_settle()
    return ids


def there(door: Door, count: int) -> list[int]:
    """Customers of whom nothing is known; their ids."""
    ids = tracked(door, "level", ["x"] * count)
    known = customers_of([f"user:{one}" for one in ids])
    return [known[f"user:{one}"] for one in ids]


def patched(api: Client, door: Door, name: str, texts: list[str]) -> list[int]:
    roots = there(door, len(texts))
    for root, text in zip(roots, texts, strict=True):
        answer = api.patch(f"/api/customers/{root}", {name: text}, content_type="application/json")
        assert answer.status_code in (200, 422), answer.content
    return roots


def formed(browser: Client, door: Door, name: str, texts: list[str]) -> list[int]:
    roots = there(door, len(texts))
    for root, text in zip(roots, texts, strict=True):
        browser.post(f"/customers/{root}/part/?part={name}", {"value": text})
    return roots


def kept(keys: list[Any], name: str) -> list[Any]:
    roots = customers_of([f"user:{one}" for one in keys]) if isinstance(keys[0], str) else {}
    ids = [roots[f"user:{one}"] if isinstance(one, str) else one for one in keys]
    rows = Portrait.objects.in_bulk(ids)
    return [getattr(rows[one], name) for one in ids]


GENDERS = ["女", "男", "F", "male", "1", "2", "0", "9", "先生", "其他", "Secret"]
DAYS = ["1990-04-30T16:00:00Z", "1990/5/1", "1990年5月1日", "19900501"]
PARTS = {
    "gender": ("性别", st.sampled_from(GENDERS)),
    "birthday": ("生日", st.dates().map(str) | st.sampled_from(DAYS)),
    "birthday_calendar": ("生日历法", st.sampled_from(["农历", "lunar", "公历", "Solar", "阴历"])),
    "city": ("城市", st.sampled_from(["杭州", "Hangzhou", "'=x", "长" * 41]) | PLAIN),
    "name": ("姓名", st.sampled_from(["王芳", "=1+1", "'-x", "O'Neil"]) | PLAIN),
}


@pytest.mark.parametrize("part", PARTS)
@few
@given(data=st.data())
def test_a_part_of_the_portrait(
    shop: Source, door: Door, browser: Client, api: Client, part: str, data: st.DataObject
) -> None:
    header, kind = PARTS[part]
    texts = data.draw(written(kind))
    right = kept(filed(browser, header, texts), part)
    assert kept(tracked(door, part, texts), part) == right
    assert kept(patched(api, door, part, texts), part) == right
    assert kept(formed(browser, door, part, texts), part) == right


MOBILES = st.integers(13_000_000_000, 19_999_999_999).map(str)
PHONES = st.tuples(
    MOBILES | st.sampled_from(["01062345678", "+442079460958"]),
    st.sampled_from(["{}", "86{}", "+86 {}", "0086-{}", "{}.0", "{}0", "1.39E+10"]),
).map(lambda pair: pair[1].format(pair[0]))
EMAILS = st.tuples(
    st.from_regex(r"[a-z][a-z0-9.+_-]{0,8}[a-z0-9]", fullmatch=True),
    st.sampled_from(["example.com", "Example.COM", "例子.中国", "b", "a_b.cn"]),
    st.sampled_from(["{}", "<{}>", "Li <{}>", "mailto:{}?subject=x", "{};", "{} "]),
).map(lambda parts: parts[2].format(f"{parts[0]}@{parts[1]}"))


def reached(keys: list[Any], kind: str) -> list[str]:
    roots = customers_of([f"user:{one}" for one in keys]) if isinstance(keys[0], str) else {}
    ids = [roots[f"user:{one}"] if isinstance(one, str) else one for one in keys]
    found = values(ids, kind)
    return [found.get(one, "") for one in ids]


@pytest.mark.parametrize(("kind", "header", "texts"), [("phone", "手机", PHONES), ("email", "邮箱", EMAILS)])
@few
@given(data=st.data())
def test_a_contact_value(
    shop: Source, door: Door, browser: Client, alice: User, kind: str, header: str, texts: Any, data: st.DataObject
) -> None:
    given_texts = data.draw(written(texts))
    ids = filed(browser, header, given_texts)
    right = reached(ids, kind)
    assert reached(tracked(door, kind, given_texts), kind) == right
    roots = there(door, len(given_texts))
    for root, text in zip(roots, given_texts, strict=True):
        browser.post(f"/customers/{root}/contacts/", {"kind": kind, "value": text})
    assert reached(roots, kind) == right
    known = customers_of([f"user:{one}" for one in ids])
    for one, text, value in zip(ids, given_texts, right, strict=True):
        if value:
            assert known[f"user:{one}"] in {found.pk for found in search(alice, text, 200)}, text


NUMBERS = st.sampled_from(["li@example.com", "A-1", "00042", "3900000000000000001", "0", "null", "undefined"])


@few
@given(data=st.data())
def test_a_member_number(shop: Source, door: Door, browser: Client, data: st.DataObject) -> None:
    texts = data.draw(written(MOBILES | NUMBERS))
    Identity.objects.all().delete()
    out = io.StringIO()
    csv.writer(out).writerows([["会员号", "姓名"], *((text, "某人") for text in texts)])
    imported(browser, out.getvalue())
    of_files = set(Identity.objects.values_list("key", flat=True))
    Identity.objects.all().delete()
    door.batch(*({"type": "track", "event": "A", "userId": text} for text in texts if text.strip()))
    all_settle()
    of_events = set(Identity.objects.values_list("key", flat=True))
    assert of_events == of_files
    assert not [key for key in of_files if identifier.contact(key.partition(":")[2])]


FORMS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d%H%M%S", "%d.%m.%Y")
MOMENTS = st.tuples(
    st.integers(31_536_000, 1_767_225_600).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from(FORMS),
).map(lambda pair: pair[0].strftime(pair[1]))


@few
@given(moments=st.lists(MOMENTS, min_size=8, max_size=8))
def test_a_moment(shop: Source, door: Door, browser: Client, moments: list[str]) -> None:
    texts = [*moments, "0001-01-01", "2999-01-01", "昨天", "-"]
    ids, out = people(len(texts)), io.StringIO()
    csv.writer(out).writerows([["会员号", "注册时间"], *zip(ids, texts, strict=True)])
    said = {"column-id": "会员号", "column-registered_at": "注册时间"}
    imported(browser, out.getvalue(), time_zone="UTC", kind_was="customer", **said)
    assert kept(ids, "registered_at") == kept(tracked(door, "registered_at", texts), "registered_at")


@few
@given(texts=written(st.sampled_from(["是", "否", "1", "0", "true", "no", "同意", "Y", "maybe"])))
def test_a_consent(shop: Source, door: Door, browser: Client, texts: list[str]) -> None:
    of_file = filed(browser, "允许发邮件", texts)
    of_events = tracked(door, "consent", [{"email": text} for text in texts])
    known = customers_of([f"user:{one}" for one in (*of_file, *of_events)])
    said = consents(known.values(), "email")
    assert [said.get(known[f"user:{one}"]) for one in of_file] == [said.get(known[f"user:{one}"]) for one in of_events]
