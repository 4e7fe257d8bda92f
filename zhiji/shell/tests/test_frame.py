"""The frame: each role's rail, the palette, theme and language, and what a page costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import reverse

from zhiji.access.models import Role, User
from zhiji.flow.act.step import Step
from zhiji.kernel.facts import fact_types
from zhiji.kernel.nav import NavItem
from zhiji.kernel.registry import offered
from zhiji.shell import icons
from zhiji.shell.frame import rail
from zhiji.shell.palette import pages


def rail_of(rf: RequestFactory, user: User, path: str = "/") -> list:  # type: ignore[type-arg]
    request = rf.get(path)
    request.user = user
    return rail(request)


@pytest.mark.parametrize("item", offered(NavItem), ids=lambda item: item.url)
def test_every_offered_entry_has_a_page_a_section_and_an_icon(item: NavItem) -> None:
    assert reverse(item.url)
    assert not icons.TABLE.is_file() or (icons.known(item.icon) and icons.known(item.section.icon))


def test_every_declared_fact_and_every_step_has_an_icon() -> None:
    shown = {one.icon for one in [*fact_types().values(), *offered(Step)]}
    assert len(shown) > 20
    assert not icons.TABLE.is_file() or [one for one in shown if not icons.known(one)] == []


@pytest.mark.parametrize("role", Role.values)
def test_every_entry_of_the_rail_opens(db: None, rf: RequestFactory, client: Client, role: str) -> None:
    user = User.objects.create_user("somebody", role=role)
    client.force_login(user)
    entries = [entry for section in rail_of(rf, user) for entry in section.entries]
    assert entries
    for entry in entries:
        assert client.get(entry.href).status_code == 200, entry.href


def test_the_rail_marks_where_we_are(alice: User, rf: RequestFactory) -> None:
    active = [entry.href for section in rail_of(rf, alice, "/users/new/") for entry in section.entries if entry.active]
    assert active == ["/users/"]


def test_a_salesperson_sees_no_entry_of_users(bob: User, rf: RequestFactory) -> None:
    hrefs = [entry.href for section in rail_of(rf, bob) for entry in section.entries]
    assert "/users/" not in hrefs and "/audit/" not in hrefs


@pytest.mark.parametrize("typed", ["用户", "yonghu", "yh", "YH "])
def test_pages_are_found_by_name_and_pinyin(alice: User, rf: RequestFactory, typed: str) -> None:
    assert "/users/" in [page.href for page in pages(rail_of(rf, alice), typed)]


def test_the_palette_finds_nothing_politely(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert "没有找到" in client.get("/palette/", {"q": "zzzzqqqq"}).content.decode()


def test_the_palette_lists_no_page_that_is_forbidden(bob: User, client: Client) -> None:
    client.force_login(bob)
    assert "/users/" not in client.get("/palette/", {"q": "用户"}).content.decode()


def test_the_theme_is_kept_and_a_strange_one_is_not(bob: User, client: Client) -> None:
    client.force_login(bob)
    answer = client.post("/theme/", {"theme": "dark", "next": "/me/"})
    assert answer["Location"] == "/me/"
    assert 'data-bs-theme="dark"' in client.get("/me/").content.decode()
    assert "theme" not in client.post("/theme/", {"theme": "pink", "next": "/me/"}).cookies


def test_the_theme_sends_nobody_elsewhere(bob: User, client: Client) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})["Location"] == "/"


def test_english_for_those_who_ask_and_chinese_for_the_rest(bob: User, client: Client) -> None:
    client.force_login(bob)
    assert "我的账号" in client.get("/me/").content.decode()
    assert "My account" in client.get("/me/", headers={"Accept-Language": "en"}).content.decode()
    assert "我的账号" in client.get("/me/", headers={"Accept-Language": "fr"}).content.decode()


def test_the_frame_costs_session_and_user_and_no_more(
    bob: User, client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client.force_login(bob)
    with django_assert_max_num_queries(2):
        assert client.get("/api/docs").status_code == 200


def test_the_home_address_leads_somewhere(bob: User, client: Client) -> None:
    client.force_login(bob)
    assert client.get("/", follow=True).status_code == 200


def test_programs_get_json_and_people_a_page(bob: User, client: Client) -> None:
    assert client.get("/api/nowhere").json() == {"detail": "not found"}
    client.force_login(bob)
    answer = client.get("/nowhere/")
    assert (answer.status_code, "没有这一页" in answer.content.decode()) == (404, True)


def test_our_own_failure_has_a_page_that_needs_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ImproperlyConfigured("broken")

    monkeypatch.setattr("zhiji.shell.web.errors._answer", broken)
    client.raise_request_exception = False
    answer = client.get("/nowhere-at-all/")
    assert (answer.status_code, "出错了" in answer.content.decode()) == (500, True)
