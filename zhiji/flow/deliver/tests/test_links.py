"""What customers do with a mail comes back as facts; nobody can make our links do anything else."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client

from zhiji.flow.deliver import tokens
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, state_of
from zhiji.flow.profile.models import Consent
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.facts import message_key
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]


@pytest.fixture
def sent(post: Post, sender: Sender, plan: Plan, customer: Customer) -> Message:
    message = plan(customer)
    sender.round()
    message.refresh_from_db()
    return message


def path(sent: Message, post: Post, kind: str) -> str:
    """The path of the first link of a kind in the mail's HTML."""
    found = re.search(rf"http://127.0.0.1:\d+(/m/{kind}/[^\"]+)\"", post.mails[0].get_body(("html",)).get_content())
    assert found
    return found[1]


def facts(name: str) -> list[Accepted]:
    return list(Accepted.objects.filter(name=name).order_by("id"))


def test_opening_is_a_fact_once_a_minute(
    sent: Message, post: Post, client: Client, move_clock: Callable[[timedelta], None]
) -> None:
    pixel = path(sent, post, "o")
    assert client.get(pixel)["Content-Type"] == "image/gif"
    client.get(pixel)
    sent.refresh_from_db()
    first = sent.opened_at
    move_clock(timedelta(minutes=5))
    client.get(pixel, headers={"User-Agent": "GoogleImageProxy"})
    sent.refresh_from_db()
    assert first is not None and sent.opened_at == first
    assert len({one.message_key for one in facts("message_opened")}) == 2
    assert [one.properties["proxy"] for one in facts("message_opened")] == [False, False, True]


def test_a_click_leads_on_and_counts_as_open(sent: Message, post: Post, client: Client) -> None:
    answer = client.get(path(sent, post, "c"))
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/new?a=1&b=2")
    (clicked,) = facts("message_clicked")
    assert clicked.properties["url"] == "https://shop.example/new?a=1&b=2" and clicked.properties["template"] == "care"
    assert len(facts("message_opened")) == 1
    sent.refresh_from_db()
    assert sent.clicked_at and sent.opened_at


def test_a_tampered_mark_is_not_found_and_changes_nothing(sent: Message, post: Post, client: Client) -> None:
    good = path(sent, post, "c")
    for bad in (good[:-1] + ("A" if good[-1] != "A" else "B"), good.replace(".0~", ".1~"), "/m/c/x", "/m/c/c1.0~"):
        assert client.get(bad).status_code == 404
    foreign = Signer(key="another", salt="zhiji.deliver.links", sep="~").sign(f"c{sent.pk}.0")
    assert client.get(f"/m/c/{foreign}").status_code == 404
    assert facts("message_clicked") == []


def test_there_is_no_open_redirect(sent: Message, client: Client) -> None:
    assert client.get("/m/c/" + tokens.make(tokens.CLICK, sent.pk, 7)).status_code == 404
    Message.objects.update(links=["javascript:alert(1)"])
    assert client.get("/m/c/" + tokens.make(tokens.CLICK, sent.pk, 0)).status_code == 404


def test_a_mark_of_one_kind_is_no_good_for_another(sent: Message, client: Client) -> None:
    opening = tokens.make(tokens.OPEN, sent.pk)
    assert client.post(f"/m/u/{opening}").status_code == 404
    assert Consent.objects.get(customer=sent.customer).granted is True


def test_looking_at_the_unsubscribe_page_changes_nothing(sent: Message, post: Post, client: Client) -> None:
    page = client.get(path(sent, post, "u"))
    assert page.status_code == 200 and "退订" in page.content.decode()
    assert Consent.objects.get(customer=sent.customer).granted is True


def test_one_click_unsubscribes_at_once(
    sent: Message, post: Post, plan: Plan, sender: Sender, move_clock: Callable[[timedelta], None]
) -> None:
    address = post.mails[0]["List-Unsubscribe"].strip(" <>")
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(re.sub(r"^http://[^/]+", "", address), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    consent = Consent.objects.get(customer=sent.customer)
    assert consent.granted is False
    (fact,) = facts("consent_changed")
    assert fact.properties["granted"] is False and "@" not in str(fact.properties)
    move_clock(timedelta(days=2))
    later = plan(sent.customer)
    sender.round()
    assert state_of(later)[0] == "refused" and len(post.mails) == 1


def test_preferences_bring_the_customer_back(sent: Message, post: Post, client: Client) -> None:
    client.post(path(sent, post, "u"))
    assert Consent.objects.get(customer=sent.customer).granted is False
    client.post(path(sent, post, "p"), {"marketing": "on"})
    assert Consent.objects.get(customer=sent.customer).granted is True
    assert len(facts("consent_changed")) == 2


def test_marks_hold_no_personal_data(sent: Message, post: Post) -> None:
    for kind in "ocup":
        assert re.fullmatch(rf"/m/{kind}/[ocu]\d+\.\d+~[\w-]{{43}}(\.gif)?", path(sent, post, kind))
    assert message_key("deliver", f"sent:{sent.pk}") == facts("message_sent")[0].message_key
