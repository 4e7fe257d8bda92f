"""Every class of delivery report (RFC 3464 with the status codes of RFC 3463 and 5248), and complaints (RFC 5965)."""

from collections.abc import Callable

import pytest

from zhiji.flow.deliver import actions, reasons
from zhiji.flow.deliver.channels.email import bounces
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.profile.models import Consent, ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import Accepted

ADDRESS, FOR_NOW, MAIL = mail_reasons.RETURNED, mail_reasons.RETURNED_FOR_NOW, mail_reasons.RETURNED_MAIL
FAILED = {
    "5.1.0": ADDRESS, "5.1.1": ADDRESS, "5.1.2": ADDRESS, "5.1.3": ADDRESS, "5.1.6": ADDRESS, "5.1.10": ADDRESS,
    "5.1.7": MAIL, "5.1.8": MAIL,  # the sender's address
    "5.2.1": ADDRESS,  # disabled
    "5.2.0": FOR_NOW, "5.2.2": FOR_NOW, "5.2.3": FOR_NOW, "4.2.2": FOR_NOW, "4.2.1": FOR_NOW,
    "5.3.0": MAIL, "5.3.4": MAIL,  # the far system
    "5.4.1": ADDRESS, "5.4.4": ADDRESS,  # no such host
    "5.4.6": MAIL, "5.5.0": MAIL, "5.6.0": MAIL, "5.6.1": MAIL,  # loops, protocol, content
    "5.7.0": MAIL, "5.7.1": MAIL, "5.7.26": MAIL, "5.7.509": MAIL,  # policy, SPF and DMARC
    "4.0.0": FOR_NOW, "4.3.2": FOR_NOW, "4.4.1": FOR_NOW, "4.4.7": FOR_NOW,  # tried for days, and given up
    "4.7.0": MAIL, "4.7.1": MAIL,
}  # fmt: skip
"""What a report that says `Action: failed` means, by its status alone."""


def report(message_fields: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nSubject: notice\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="BB"\r\n\r\n'
        "--BB\r\nContent-Type: text/plain\r\n\r\nnotice\r\n--BB\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\n{message_fields}\r\n\r\n--BB--\r\n"
    ).encode()


def feedback(kind: str, mail_from: str = "") -> bytes:
    more = f"Original-Mail-From: <{mail_from}>\r\n" if mail_from else ""
    return (
        "From: feedback@provider.example\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="BB"\r\n\r\n'
        "--BB\r\nContent-Type: text/plain\r\n\r\na report\r\n--BB\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: Provider/1\r\nVersion: 1\r\n{more}\r\n"
        "--BB\r\nContent-Type: message/rfc822\r\n\r\nSubject: hi\r\n\r\nhi\r\n\r\n--BB--\r\n"
    ).encode()


@pytest.fixture
def sent(post: Post, sender: Sender, plan: Callable[..., Message]) -> Callable[[], tuple[Message, str]]:
    """A letter that went out, and its return address."""

    def one() -> tuple[Message, str]:
        message = plan(make_customer())
        sender.round()
        assert state_of(message)[0] == "sent"
        return message, post.envelopes[-1][0]

    return one


Sent = Callable[[], tuple[Message, str]]


def address_of(message: Message) -> tuple[str, str]:
    point = ContactPoint.objects.get(customer=message.customer_id)
    return point.state, f"customer{message.customer_id}@mail.example"


@pytest.mark.parametrize("group", ["5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "4.0", "4.2", "4.3", "4.4", "4.7"])
def test_a_report_of_failure_is_understood_by_its_status(sent: Sent, group: str) -> None:
    asked = {status: why for status, why in FAILED.items() if status.startswith(f"{group}.")}
    assert asked
    for status, why in asked.items():
        message, back = sent()
        raw = report(f"Final-Recipient: rfc822; {address_of(message)[1]}\r\nAction: failed\r\nStatus: {status}")
        assert bounces.receive(raw, back) == "bounced", status
        assert state_of(message) == ("bounced", why), status
        assert address_of(message)[0] == ("bounced" if why == ADDRESS else "ok"), status
        assert bounces.receive(raw, back) == "bounced" and state_of(message) == ("bounced", why), "again is nothing new"
        fact = Accepted.objects.get(name="message_bounced", customer_id=message.customer_id)
        assert fact.properties["reason"] == why


@pytest.mark.parametrize(("action", "status", "wanted"), [
    ("delayed", "4.4.1", "delayed"), ("delayed", "4.2.2", "delayed"), ("delayed", "5.1.1", "delayed"),
    ("relayed", "2.0.0", "unknown"), ("delivered", "2.1.5", "unknown"), ("expanded", "2.0.0", "unknown"),
])  # fmt: skip
def test_a_report_of_anything_but_failure_changes_nothing(sent: Sent, action: str, status: str, wanted: str) -> None:
    message, back = sent()
    raw = report(f"Final-Recipient: rfc822; {address_of(message)[1]}\r\nAction: {action}\r\nStatus: {status}")
    assert bounces.receive(raw, back) == wanted
    assert state_of(message) == ("sent", "") and address_of(message)[0] == "ok"
    assert not Accepted.objects.filter(name="message_bounced").exists()
    failed = raw.replace(f"Action: {action}".encode(), b"Action: failed")
    assert bounces.receive(failed, back) == "bounced" and state_of(message)[0] == "bounced"


def test_what_bounced_is_written_to_no_more_and_what_was_full_is(
    sent: Sent, sender: Sender, plan: Callable[..., Message]
) -> None:
    DeliverySettings.objects.update(cap_per_day=9)
    for status, wanted in (("5.1.1", ("refused", reasons.BOUNCED_ADDRESS)), ("4.2.2", ("sent", ""))):
        message, back = sent()
        bounces.receive(
            report(f"Final-Recipient: rfc822; {address_of(message)[1]}\r\nAction: failed\r\nStatus: {status}"), back
        )
        after = plan(Customer.objects.get(pk=message.customer_id))
        sender.round()
        assert state_of(after) == wanted


@pytest.mark.parametrize("told", ["return address", "field"])
@pytest.mark.parametrize(("kind", "complaint"), [
    ("abuse", True), ("fraud", True), ("opt-out", True), ("not-spam", False), ("auth-failure", False), ("dmarc", False)
])  # fmt: skip
def test_who_complains_has_unsubscribed(
    sent: Sent, sender: Sender, plan: Callable[..., Message], kind: str, complaint: bool, told: str
) -> None:
    DeliverySettings.objects.update(cap_per_day=9)
    message, back = sent()
    raw, to = (feedback(kind), back) if told == "return address" else (feedback(kind, back), "fbl@shop.example")
    unheard = "unknown" if told == "return address" else "not ours"
    assert bounces.receive(raw, to) == ("complained" if complaint else unheard)
    said = Consent.objects.get(customer=message.customer_id, channel="email", purpose="marketing")
    assert (said.granted, said.proof) == ((False, "complaint") if complaint else (True, ""))
    assert state_of(message) == ("sent", "") and address_of(message)[0] == "ok", "the letter arrived"
    customer = Customer.objects.get(pk=message.customer_id)
    after = plan(customer)
    service = actions.plan(by=None, customer_id=customer.pk, written={"subject": "a", "text": "b"}, send_key="s")
    sender.round()
    assert state_of(after) == (("refused", reasons.REVOKED) if complaint else ("sent", ""))
    assert state_of(service) == ("sent", "")


def test_a_complaint_by_a_made_up_return_address_is_not_ours(sent: Sent) -> None:
    message, back = sent()
    made_up = back.replace(f"+{message.pk}-", f"+{message.pk + 1}-")
    assert bounces.receive(feedback("abuse", made_up), made_up) == "not ours"
    assert bounces.receive(feedback("abuse", back), made_up) == "complained"
