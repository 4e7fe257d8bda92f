"""Mail that comes back, at once or later, marks the message and spares the address from then on."""

from collections.abc import Callable

from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.channels.email import bounces
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email.mailserver import report
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, state_of
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]


def point_of(customer: Customer) -> str:
    return ContactPoint.objects.get(customer=customer).state


def test_an_unknown_address_bounces_at_once(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    address = f"customer{customer.pk}@mail.example"
    post.answers[address] = [f"550 5.1.1 <{address}> unknown"]
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("bounced", mail_reasons.ADDRESS_REFUSED)
    assert point_of(customer) == "bounced" and address not in message.reply
    assert Accepted.objects.get(name="message_bounced").customer_id == customer.pk
    again = plan(customer)
    sender.round()
    assert state_of(again) == ("refused", reasons.BOUNCED_ADDRESS)


def test_a_policy_refusal_is_not_the_addresss_fault(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    post.answers[f"customer{customer.pk}@mail.example"] = ["550 5.7.1 blocked"]
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("failed", mail_reasons.MAIL_REFUSED) and point_of(customer) == "ok"


def test_a_delivery_report_bounces_the_message_it_is_about(
    post: Post, sender: Sender, plan: Plan, customer: Customer
) -> None:
    message = plan(customer)
    sender.round()
    returned = post.envelopes[0][0]
    raw = report(returned, f"customer{customer.pk}@mail.example")
    assert bounces.receive(raw, returned.upper()) == "bounced"
    assert bounces.receive(raw, returned) == "bounced"
    assert state_of(message) == ("bounced", mail_reasons.RETURNED) and message.sent_at is not None
    assert point_of(customer) == "bounced" and "@mail" not in message.reply
    assert Accepted.objects.filter(name="message_bounced").count() == 1


def test_other_mail_to_the_return_address_bounces_nothing(
    post: Post, sender: Sender, plan: Plan, customer: Customer
) -> None:
    message = plan(customer)
    sender.round()
    returned = post.envelopes[0][0]
    assert bounces.receive(b"Subject: out of office\r\n\r\nback on Monday", returned) == "unknown"
    delayed = report(returned, "x@y.example").replace(b"failed", b"delayed").replace(b"5.1.1", b"4.4.1")
    assert bounces.receive(delayed, returned) == "delayed"
    forged = f"bounce+{message.pk}-{'0' * 20}@shop.example"
    assert bounces.receive(report(forged, "x@y.example"), forged) == "not ours"
    assert state_of(message) == ("sent", "") and point_of(customer) == "ok"


def test_a_report_about_an_old_address_spares_the_new_one(
    post: Post, sender: Sender, plan: Plan, customer: Customer
) -> None:
    plan(customer)
    sender.round()
    returned = post.envelopes[0][0]
    assert bounces.receive(report(returned, "old@mail.example"), returned) == "bounced"
    assert point_of(customer) == "ok"
