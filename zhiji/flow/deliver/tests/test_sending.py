"""A planned message reaches the mail server once, as a whole and proper mail, and is a fact."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import actions, ledger, queries, reasons
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import Message, Template
from zhiji.flow.deliver.offers.steps import OFFERS
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, mail_trouble, make_customer, state_of
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]


def test_a_planned_message_is_sent_once(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    message = plan(customer)
    assert sender.round() is True
    assert sender.round() is False
    assert state_of(message) == ("sent", "")
    assert [str(mail["Subject"]) for mail in post.mails] == ["王先生，好久不见"]
    assert post.envelopes[0][1] == f"customer{customer.pk}@mail.example"
    fact = Accepted.objects.get(name="message_sent")
    assert fact.customer_id == customer.pk and fact.properties["template"] == "care"


def test_the_mail_has_what_a_marketing_mail_needs(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    message = plan(customer)
    sender.round()
    mail = post.mails[0]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert re.fullmatch(r"<http://\S+/m/u/\S+>", mail["List-Unsubscribe"].strip())
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"] and mail["Message-ID"] and "知己小店" in str(mail["From"])
    assert post.envelopes[0][0].startswith(f"bounce+{message.pk}-")
    html = mail.get_body(("html",)).get_content()
    assert "尊敬的王先生，您好" in html and "https://shop.example" not in html and "/m/c/" in html


def test_the_same_send_key_is_the_same_message(template: Template, customer: Customer) -> None:
    one = actions.plan(by=None, customer_id=customer.pk, template=template, send_key="same")
    assert actions.plan(by=None, customer_id=customer.pk, template=template, send_key="same").pk == one.pk
    assert Message.objects.count() == 1


def test_a_rule_step_plans_one_message_per_entry(template: Template, entry: RuleEntry) -> None:
    step = next(one for one in OFFERS if one.kind == "send_message")
    for _ in range(2):
        (outcome,) = step.run([entry], {"template": "care"}, clock.now())
    assert outcome.state == "done" and outcome.detail["send_key"] == f"rule:{entry.pk}:0"
    message = Message.objects.get()
    assert (message.rule_id, message.entry_id, message.purpose) == (entry.rule_id, entry.pk, "marketing")


def test_a_letter_written_by_hand_keeps_its_braces(post: Post, sender: Sender, customer: Customer) -> None:
    letter = {"subject": "您的订单", "text": "您好 {{ customer.name }} <b>\n\n{% raw %}{% endraw %}再见"}
    actions.plan(by=None, customer_id=customer.pk, written=letter, send_key="hand")
    sender.round()
    text = post.mails[0].get_body(("plain",)).get_content()
    assert "{{ customer.name }} <b>" in text and "再见" in text
    assert post.mails[0]["List-Unsubscribe"] is None
    assert "&lt;b&gt;" in post.mails[0].get_body(("html",)).get_content()


def test_without_consent_marketing_is_refused_and_service_goes(post: Post, sender: Sender, plan: Plan) -> None:
    silent, revoked = make_customer(consent=None), make_customer(consent=False)
    first, second = plan(silent), plan(revoked)
    service = actions.plan(by=None, customer_id=silent.pk, written={"subject": "a", "text": "b"}, send_key="s")
    sender.round()
    assert state_of(first) == ("refused", reasons.NO_CONSENT)
    assert state_of(second) == ("refused", reasons.REVOKED)
    assert state_of(service) == ("sent", "") and len(post.mails) == 1


def test_a_later_no_of_a_merged_customer_counts(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    other = make_customer(consent=False, email=None)
    Customer.objects.filter(pk=other.pk).update(root_id=customer.pk)
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("refused", reasons.REVOKED) and post.mails == []


def test_without_an_address_nothing_is_sent(post: Post, sender: Sender, plan: Plan) -> None:
    none, bounced = make_customer(email=None), make_customer()
    ContactPoint.objects.filter(customer=bounced).update(state="bounced")
    first, second = plan(none), plan(bounced)
    sender.round()
    assert state_of(first) == ("refused", reasons.NO_ADDRESS)
    assert state_of(second) == ("refused", reasons.BOUNCED_ADDRESS) and post.mails == []


def test_a_temporary_refusal_is_tried_again_later(
    post: Post, sender: Sender, plan: Plan, customer: Customer, move_clock: Callable[[timedelta], None]
) -> None:
    post.answers[f"customer{customer.pk}@mail.example"] = ["451 4.7.1 later"]
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("planned", reasons.TEMPORARY) and message.attempts == 1
    assert sender.round() is False
    move_clock(timedelta(minutes=2))
    sender.round()
    assert state_of(message) == ("sent", "") and len(post.mails) == 1


def test_after_the_last_attempt_it_is_failed(
    post: Post, sender: Sender, plan: Plan, customer: Customer, move_clock: Callable[[timedelta], None]
) -> None:
    queries.DeliverySettings.objects.update(max_attempts=2)
    address = f"customer{customer.pk}@mail.example"
    post.answers[address] = [f"451 <{address}> later"] * 5
    message = plan(customer)
    for _ in range(3):
        sender.round()
        move_clock(timedelta(hours=7))
    assert state_of(message) == ("failed", reasons.GAVE_UP)
    assert len(post.answers[address]) == 3 and address not in message.reply


def test_with_the_server_down_messages_wait(
    sender: Sender, plan: Plan, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", "smtp://127.0.0.1:1")
    message = plan(customer)
    assert sender.round() is False
    assert state_of(message) == ("planned", "") and message.attempts == 0
    assert "refused" in mail_trouble()


def test_a_kept_line_that_the_server_ended_is_replaced_unnoticed(
    post: Post, sender: Sender, plan: Plan, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(customer)
    sender.round()
    line = sender._line._smtp  # type: ignore[attr-defined]  # a mail sender's
    assert line is not None and line._smtp is not None and line._smtp.sock is not None
    line._smtp.sock.shutdown(2)
    message = plan(make_customer())
    sender.round()
    assert state_of(message) == ("sent", "") and message.attempts == 1


def test_without_a_server_messages_wait(sender: Sender, plan: Plan, customer: Customer) -> None:
    message = plan(customer)
    assert sender.round() is False
    assert state_of(message)[0] == "planned" and mail_trouble() == "unset"


def test_what_a_dead_sender_held_goes_out_with_the_same_message_id(
    post: Post, sender: Sender, plan: Plan, customer: Customer, move_clock: Callable[[timedelta], None]
) -> None:
    message = plan(customer)
    ledger.take(EMAIL, "dead", queries.delivery_settings(), clock.now())
    assert sender.round() is False and state_of(message)[0] == "sending"
    move_clock(ledger.LEASE + timedelta(seconds=1))
    sender.round()
    assert state_of(message)[0] == "sent" and message.attempts == 2
    assert ledger.settle_sent(message, "dead", clock.now()) is False
    assert Accepted.objects.filter(name="message_sent").count() == 1
