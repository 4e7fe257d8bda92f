"""Behind a proxy each visitor has their own address; nobody chooses one by a header."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

import httpx
import pytest
from django.core.cache import cache

from zhiji.access.models import Remembered
from zhiji.config.options import BadOption, load
from zhiji.config.proxies import client
from zhiji.flow.collect.tests.running import WebProcess

TRUSTED = [ip_network("127.0.0.0/8"), ip_network("10.0.0.0/24"), ip_network("2001:db8::/64")]


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("127.0.0.1", {}, "127.0.0.1"),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, "203.0.113.7"),
        ("203.0.113.9", {"X-Forwarded-For": "198.51.100.1"}, "203.0.113.9"),  # an untrusted peer says what it likes
        ("127.0.0.1", {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}, "203.0.113.7"),  # the left was sent along
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7, 10.0.0.5"}, "203.0.113.7"),
        ("::ffff:127.0.0.1", {"X-Forwarded-For": "203.0.113.7:4711"}, "203.0.113.7"),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.5"}, "10.0.0.5"),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7, <script>"}, "127.0.0.1"),
        ("127.0.0.1", {"Forwarded": 'for=198.51.100.1, for="[2001:db8:1::7]:4711";proto=https'}, "2001:db8:1::7"),
        ("127.0.0.1", {"Forwarded": "for=unknown"}, "127.0.0.1"),
        ("127.0.0.1", {"Forwarded": "for=198.51.100.1", "X-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
        ("2001:db8::1", {"Forwarded": "proto=https;for=203.0.113.7", "X-Forwarded-For": "203.0.113.7"}, "203.0.113.7"),
        ("", {"X-Forwarded-For": "203.0.113.7"}, ""),
    ],
)
def test_the_first_from_the_right_who_is_no_trusted_proxy_is_the_client(
    peer: str, headers: dict[str, str], expected: str
) -> None:
    assert client(peer, [(name.encode(), value.encode()) for name, value in headers.items()], TRUSTED) == expected


def test_nobody_is_trusted_unless_named() -> None:
    assert load({}).trusted_proxies == []
    assert client("127.0.0.1", [(b"x-forwarded-for", b"203.0.113.7")], []) == "127.0.0.1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everybody", "0.0.0.0/0"])
def test_what_is_no_network_or_everybody_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadOption, match="ZHIJI_TRUSTED_PROXIES"):
        load({"ZHIJI_TRUSTED_PROXIES": text})


@pytest.fixture
def server(transactional_db: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    monkeypatch.setenv("ZHIJI_TRUSTED_PROXIES", request.param)
    with WebProcess() as process:
        yield process.url


TOO_OFTEN = "登录失败次数过多"


def attempt(url: str, chain: str, *, name: str = "nobody") -> str:
    """What a failed attempt at signing in, with this chain in its header, is answered."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60, headers={"X-Forwarded-For": chain}) as browser:
        crumb = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get("/accounts/login/").text)
        assert crumb is not None
        form = {"login": name, "password": "wrong", "csrfmiddlewaretoken": crumb[1]}
        answer = browser.post("/accounts/login/", data=form)
    assert answer.status_code == 200
    return answer.text


def counted(url: str, *chains: str) -> set[str]:
    """By which addresses a failed attempt at signing in, with each of these chains in its header, was counted."""
    cache.clear()
    for chain in chains:
        attempt(url, chain)
    keys = Remembered.objects.filter(cache_key__contains=":ip:").values_list("cache_key", flat=True)
    return {key.partition(":ip:")[2] for key in keys}


@pytest.mark.parametrize("server", ["127.0.0.1"], indirect=True)
def test_behind_a_trusted_proxy_attempts_are_counted_by_visitor(server: str) -> None:
    assert counted(server, "203.0.113.7", "198.51.100.1, 203.0.113.8") == {"203.0.113.7", "203.0.113.8"}


@pytest.mark.parametrize("server", [""], indirect=True)
def test_without_a_trusted_proxy_the_header_says_nothing(server: str) -> None:
    assert counted(server, "203.0.113.7", "203.0.113.8") == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("server", "chain", "another"),
    [("", "203.0.113.{}", ""), ("127.0.0.1", "198.51.100.{}, 203.0.113.7", "203.0.113.8")],
    indirect=["server"],
)
def test_nobody_gets_more_attempts_by_writing_another_address_before_each(
    server: str, chain: str, another: str
) -> None:
    cache.clear()
    answers = [attempt(server, chain.format(number), name=f"nobody-{number}") for number in range(11)]
    assert [TOO_OFTEN in one for one in answers] == [False] * 10 + [True]
    if another:
        assert TOO_OFTEN not in attempt(server, another, name="nobody-12")
