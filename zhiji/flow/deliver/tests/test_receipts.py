"""What comes back of a message, each once: opens, clicks, bounces, and the mail that a server pipes in."""

import io
import sys
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from zhiji.access.models import AuditLine
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import actions, receipts, returned
from zhiji.flow.deliver.channels.email.mailserver import report
from zhiji.flow.deliver.models import Message, Template
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sent(plan: Plan, customer: Customer) -> Message:
    message = plan(customer)
    Message.objects.filter(pk=message.pk).update(state="sent", links=["https://a.example/", "https://b.example/"])
    message.refresh_from_db()
    return message


def told(name: str) -> list[dict[str, Any]]:
    return [fact.properties for fact in Accepted.objects.filter(name=name).order_by("id")]


@pytest.mark.parametrize(
    ("agent", "purpose", "machine"),
    [
        ("Mozilla/5.0", "", False),
        ("Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "", True),
        ("YahooMailProxy; x", "", True),
        ("Mozilla/5.0", "Prefetch", True),
        ("Mozilla/5.0", "preview", True),
        ("", "navigate", False),
    ],
)
def test_machines_that_fetch_pictures_are_told_from_people(agent: str, purpose: str, machine: bool) -> None:
    assert receipts.is_proxy(agent, purpose) is machine


def test_an_open_counts_once_a_minute_and_the_first_stays(sent: Message) -> None:
    at = clock.now().replace(second=0, microsecond=0)
    for moment in (at, at + MINUTE - timedelta.resolution, at + MINUTE):
        receipts.opened(sent, at=moment, proxy=moment == at)
    sent.refresh_from_db()
    assert sent.opened_at == at and sent.clicked_at is None
    facts = Accepted.objects.filter(name="message_opened")
    assert facts.values("message_key").distinct().count() == 2
    first = told("message_opened")[0]
    assert first == {
        "message": sent.pk, "channel": "email", "purpose": "marketing", "template": "care", "rule_id": None,
        "rule": None, "entry_id": None, "proxy": True, "via": "pixel",
    }  # fmt: skip
    assert facts[0].occurred_at == at and facts[0].customer_id == sent.customer_id


def test_who_clicks_has_opened_and_each_link_counts_by_itself(sent: Message) -> None:
    at = clock.now().replace(second=0, microsecond=0)
    receipts.clicked(sent, index=1, at=at, proxy=False)
    sent.refresh_from_db()
    assert (sent.opened_at, sent.clicked_at) == (at, at) and told("message_opened")[0]["via"] == "click"
    receipts.clicked(sent, index=0, at=at, proxy=True)
    receipts.clicked(sent, index=0, at=at + MINUTE, proxy=False)
    sent.refresh_from_db()
    assert sent.clicked_at == at and len(told("message_opened")) == 1
    clicks = [(one["url"], one["proxy"]) for one in told("message_clicked")]
    assert clicks == [("https://b.example/", False), ("https://a.example/", True), ("https://a.example/", False)]
    assert Accepted.objects.filter(name="message_clicked").values("message_key").distinct().count() == 3


def test_a_bounce_is_settled_once_with_its_fact_and_line(sent: Message) -> None:
    at = clock.now()
    receipts.settle_bounce(sent, "returned", at, contact="email", reply="550 gone")
    receipts.settle_bounce(sent, "again", at + MINUTE, contact="email", reply="later")
    sent.refresh_from_db()
    assert (sent.state, sent.reason, sent.reply, sent.bounced_at) == ("bounced", "returned", "550 gone", at)
    assert ContactPoint.objects.get().state == "bounced"
    assert [one["reason"] for one in told("message_bounced")] == ["returned"]
    assert AuditLine.objects.get(verb="message bounced").detail == {"reason": "returned"}


def test_a_bounce_that_says_nothing_keeps_the_reply_and_one_that_is_not_the_addresss_fault_spares_it(
    sent: Message,
) -> None:
    Message.objects.update(reply="250 ok")
    receipts.settle_bounce(sent, "full", clock.now(), contact="email", spares_address=True)
    sent.refresh_from_db()
    assert (sent.state, sent.reply, ContactPoint.objects.get().state) == ("bounced", "250 ok", "ok")


@pytest.mark.parametrize("named", [True, False])
def test_of_several_addresses_the_named_one_or_else_the_newest_is_not_used_any_more(sent: Message, named: bool) -> None:
    old, now = f"customer{sent.customer_id}@mail.example", clock.now()
    contacts.keep([contacts.NewContact(sent.customer_id, "email", "new@mail.example", now + MINUTE)])
    contacts.keep([contacts.NewContact(sent.customer_id, "phone", "+8613812345678", now + 2 * MINUTE)])
    other = make_customer(email="other@mail.example")
    addresses = [old, "other@mail.example"] if named else []
    receipts.settle_bounce(sent, "returned", now, contact="email", addresses=addresses)
    states = {one.seen_at > now: one.state for one in ContactPoint.objects.filter(customer=sent.customer, kind="email")}
    assert states == {True: "ok" if named else "bounced", False: "bounced" if named else "ok"}
    assert ContactPoint.objects.get(kind="phone").state == "ok"
    assert ContactPoint.objects.get(customer=other).state == "ok"


def test_facts_of_a_rules_message_name_the_rule_and_only_a_bounce_carries_the_chain(
    entry: RuleEntry, template: Template
) -> None:
    RuleEntry.objects.update(why={"chain": ["rule"]})
    entry.refresh_from_db()
    actions.plan_for_entries(by=None, entries=[entry], template=template, as_of=clock.now())
    message = Message.objects.get()
    assert receipts.rules_behind(message)["_rules"] == ["rule"]
    receipts.opened(message, at=clock.now(), proxy=False)
    receipts.settle_bounce(message, "returned", clock.now(), contact="email")
    opened, bounced = told("message_opened")[0], told("message_bounced")[0]
    assert (opened["rule"], opened["rule_id"], opened["entry_id"]) == ("rule", entry.rule_id, entry.pk)
    assert "_rules" not in opened and bounced["_rules"] == ["rule"]


def test_the_mail_servers_pipe_takes_one_mail_and_says_what_it_was(
    post: Post, sender: Sender, plan: Plan, customer: Customer, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    message = plan(customer)
    sender.round()
    address = post.envelopes[0][0]
    raw = report(address, f"customer{customer.pk}@mail.example")
    monkeypatch.setattr(sys, "argv", ["returned", address])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    returned.main()
    assert capsys.readouterr().out.endswith("bounced\n") and state_of(message)[0] == "bounced"
