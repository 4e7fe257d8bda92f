"""A customer's own page: opened by a signed link alone, shows theirs and nobody else's, keeps what they choose."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import consents
from zhiji.flow.resolve import actions as resolve
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once
from zhiji.portal import links
from zhiji.trade.models import Order

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def people() -> dict[str, int]:
    """Two customers, each with one order of another sum."""
    now = clock.now()
    for name, amount in (("林一", "128.50"), ("王二", "77.25")):
        who = f"user:{name}"
        record([NewFact("customer_identified", now, "test", name, {"traits": {"name": name}}, identity=who)])
        run_once()
        root = Portrait.objects.get(name=name).pk
        Order.objects.create(
            external_id=f"o-{name}", customer_id=root, placed_at=now, paid_at=now, amount=Decimal(amount)
        )
    return dict(Portrait.objects.values_list("name", "customer_id"))


def own(client: Client, customer: int) -> str:
    """The path of the page that a customer's link opens."""
    return urlsplit(links.make(customer, clock.now())).path


def test_the_link_opens_their_orders_to_them_and_no_others(people: dict[str, int], client: Client) -> None:
    page = client.get(own(client, people["林一"])).content.decode()
    assert "林一，您好" in page and "128.50" in page and "77.25" not in page
    page = client.get(own(client, people["王二"])).content.decode()
    assert "王二，您好" in page and "77.25" in page and "128.50" not in page


def test_a_mark_that_isnt_ours_or_is_bent_opens_nothing(people: dict[str, int], client: Client) -> None:
    path = own(client, people["林一"])
    assert client.get(path).status_code == 200
    bent = path.replace(str(people["林一"]), str(people["王二"]), 1)
    for wrong in (bent, path[:-1], path + "x", "/my/1.2~3", "/my/~"):
        assert client.get(wrong).status_code == 404, wrong


def test_the_link_ends_and_says_so(
    people: dict[str, int], client: Client, move_clock: Callable[[timedelta], None]
) -> None:
    path = own(client, people["林一"])
    move_clock(links.VALID - timedelta(minutes=1))
    assert client.get(path).status_code == 200
    move_clock(timedelta(minutes=2))
    answer = client.get(path)
    assert (
        answer.status_code == 410
        and "链接已过期" in answer.content.decode()
        and "128.50" not in answer.content.decode()
    )


def test_after_a_merge_the_link_opens_whom_they_are_now(people: dict[str, int], client: Client) -> None:
    path = own(client, people["林一"])
    resolve.merge(loser=people["林一"], winner=people["王二"], by=None)
    run_once()
    page = client.get(path).content.decode()
    assert "王二，您好" in page and "128.50" in page and "77.25" in page


def test_looking_changes_nothing_and_a_choice_is_kept_as_theirs(people: dict[str, int], client: Client) -> None:
    root, path = people["林一"], own(client, people["林一"])
    client.get(path)
    run_once()
    assert consents([root], "email") == {}
    assert client.post(path, {"channel": ["email"]}).status_code == 302
    run_once()
    assert consents([root], "email") == {root: True} and consents([root], "sms") == {}, "what was left stays unsaid"
    client.post(path, {})
    run_once()
    assert consents([root], "email") == {root: False} and consents([people["王二"]], "email") == {}
    page = client.get(f"{path}?saved=1").content.decode()
    assert "已保存" in page and 'value="email" checked' not in page


def test_staff_make_a_link_for_a_customer_they_see_and_it_is_audited(
    people: dict[str, int], alice: User, bob: User, anna: User, signed_in: Browser, client: Client
) -> None:
    Portrait.objects.filter(pk=people["林一"]).update(owner=bob)
    answer = signed_in(bob).post(f"/customers/{people['林一']}/portal/").content.decode()
    mark = answer.split("/my/")[1].split('"')[0]
    assert "林一，您好" in client.get(f"/my/{mark}").content.decode()
    assert AuditLine.objects.filter(verb="portal link made").count() == 1
    assert signed_in(bob).post(f"/customers/{people['王二']}/portal/").status_code == 404
    assert signed_in(anna).post(f"/customers/{people['林一']}/portal/").status_code == 403
    assert client.post(f"/customers/{people['林一']}/portal/").status_code == 302, "a stranger is sent to sign in"
    assert AuditLine.objects.filter(verb="portal link made").count() == 1
    assert "顾客页面" in signed_in(alice).get(f"/customers/{people['林一']}/").content.decode()
