"""Accounts: made with a password for one use, edited, shut; never without an administrator."""

import re
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from zhiji.access import actions
from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import Forbidden


def edited(user: User, **changes: object) -> dict[str, object]:
    form = {
        "role": user.role,
        "display_name": user.display_name,
        "email": user.email,
        "regions": "、".join(user.regions),
    }
    return form | changes


def test_a_new_account_gets_an_initial_password_that_must_be_changed(alice: User, client: Client) -> None:
    client.force_login(alice)
    form = {"username": "eve", "display_name": "伊芙", "role": "sales", "regions": "浙江、江苏 浙江"}
    page = client.post("/users/new/", form).content.decode()
    password = re.search(r'id="password" value="([^"]+)"', page)
    eve = User.objects.get(username="eve")
    assert password and eve.check_password(password[1])
    assert (eve.regions, eve.must_change_password) == (["浙江", "江苏"], True)
    assert AuditLine.objects.get().verb == "user created"
    assert password[1] not in str(AuditLine.objects.get().detail)


def test_with_an_initial_password_nothing_opens_before_it_is_changed(alice: User, client: Client) -> None:
    _eve, password = actions.create_user(by=alice, username="eve", role="analyst")
    client.post("/accounts/login/", {"login": "eve", "password": password})
    assert client.get("/me/")["Location"] == "/accounts/password/change/"
    form = {"oldpassword": password, "password1": "a fresh long phrase", "password2": "a fresh long phrase"}
    assert client.post("/accounts/password/change/", form)["Location"] == "/me/"
    assert client.get("/me/").status_code == 200


def test_a_name_is_taken_only_once_whatever_its_case(alice: User) -> None:
    with pytest.raises(ValueError, match="ALICE"):
        actions.create_user(by=alice, username="ALICE", role="sales")


def test_an_edit_says_before_and_after(alice: User, bob: User, client: Client) -> None:
    client.force_login(alice)
    client.post(f"/users/{bob.pk}/", edited(bob, role="service", regions="上海"))
    bob.refresh_from_db()
    assert (bob.role, bob.regions) == ("service", ["上海"])
    assert AuditLine.objects.get().detail == {"role": ["sales", "service"], "regions": [[], ["上海"]]}


def test_the_last_administrator_stays_one(alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.post(f"/users/{alice.pk}/", edited(alice, role="sales"))
    assert answer.status_code == 422
    client.post(f"/users/{alice.pk}/activity/", {"active": "0"})
    alice.refresh_from_db()
    assert (alice.role, alice.is_active) == (Role.ADMINISTRATOR, True)
    assert not AuditLine.objects.exists()


def test_a_shut_administrator_does_not_count(alice: User) -> None:
    User.objects.create_user("gone", role=Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(actions.LastAdministrator):
        actions.deactivate_user(by=None, user=alice)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_demote_each_other_at_once() -> None:
    both = [User.objects.create_user(name, role=Role.ADMINISTRATOR) for name in ("one", "two")]
    together = Barrier(2)

    def demote(by: User, user: User) -> None:
        together.wait()
        try:
            actions.edit_user(by=by, user=user, role="sales", display_name="", email="", regions=[])
        except Exception:
            pass
        finally:
            connection.close()

    threads = [Thread(target=demote, args=pair) for pair in (both, both[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() >= 1


def test_a_shut_account_is_out_everywhere_at_once(alice: User, bob: User, client: Client) -> None:
    client.force_login(bob)
    assert client.get("/me/").status_code == 200
    actions.deactivate_user(by=alice, user=bob)
    assert client.get("/me/").status_code == 302


def test_a_reset_password_signs_out_every_browser(alice: User, bob: User, client: Client) -> None:
    client.force_login(bob)
    password = actions.reset_password(by=alice, user=bob)
    assert client.get("/me/").status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(password) and bob.must_change_password


def test_only_a_second_step_that_is_there_is_said_to_be_taken_off(alice: User, bob: User, client: Client) -> None:
    client.force_login(alice)
    there = Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})
    said = [client.post(f"/users/{bob.pk}/second-step/", follow=True).content.decode() for _ in range(2)]
    assert "的两步验证已关闭" in said[0] and "没有开启两步验证" in said[1]
    assert not Authenticator.objects.filter(pk=there.pk).exists()
    assert AuditLine.objects.filter(verb="second step removed").count() == 1


def test_the_house_may_make_the_first_account(db: None) -> None:
    user, password = actions.create_user(by=None, username="first", role="administrator", password="a good long one")
    assert user.check_password(password) and not user.must_change_password


def test_a_salesperson_asks_actions_in_vain(bob: User, sue: User) -> None:
    for refused in (
        lambda: actions.reset_password(by=bob, user=sue),
        lambda: actions.deactivate_user(by=bob, user=sue),
        lambda: actions.reset_second_step(by=bob, user=sue),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert not AuditLine.objects.exists()


def test_my_language_and_theme_go_into_this_browser(bob: User, client: Client) -> None:
    client.force_login(bob)
    answer = client.post("/me/edit/", {"display_name": "阿宝", "language": "en", "theme": "dark"})
    assert (answer.cookies["django_language"].value, answer.cookies["theme"].value) == ("en", "dark")
    page = client.get("/me/").content.decode()
    assert 'lang="en"' in page and 'data-bs-theme="dark"' in page and "阿宝" in page
