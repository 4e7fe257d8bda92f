"""Every form in which mail comes back: the fields of RFC 3464, and the words of providers that send none."""

from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.channels.email import bounces
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email.refusals import fault_of
from zhiji.flow.deliver.channels.email.reports import reports_in
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer

TO = "customer@mail.example"
Come = Callable[[bytes], tuple[str, tuple[str, str], str]]


@pytest.fixture
def come_back(post: Post, sender: Sender, plan: Callable[..., Message], house: DeliverySettings) -> Come:
    """Send a mail and let `raw` come back for it: (what it was, the message's state and reason, the address's)."""
    customer = make_customer(email=TO)

    def one(raw: bytes) -> tuple[str, tuple[str, str], str]:
        message = plan(customer)
        sender.round()
        returned = post.envelopes[-1][0]
        outcome = bounces.receive(raw, returned)
        return outcome, state_of(message), ContactPoint.objects.get(customer=customer).state

    return one


def report(fields: str, kind: str = "message/delivery-status", encoding: str = "") -> bytes:
    """A multipart/report with these fields of its recipient."""
    body = f"Reporting-MTA: dns; mx.example\n\n{fields}\n"
    head = f"Content-Type: {kind}\n"
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\n"
        body = b64encode(body.encode()).decode()
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="BB"\n\n'
        "--BB\nContent-Type: text/plain\n\ncould not be delivered\n"
        f"--BB\n{head}\n{body}\n--BB\nContent-Type: message/rfc822\n\nSubject: 好久不见\n\nhi\n\n--BB--\n"
    ).encode()


def spoken(sender: str, subject: str, text: str, html: bool = False) -> bytes:
    """A returned mail that has no fields, as many Chinese providers send it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "bounce@shop.example", subject
    mail.set_content(text, subtype="html" if html else "plain", charset="gb18030", cte="base64")
    return mail.as_bytes()


def fields(action: str = "failed", status: str = "5.1.1", words: str = "smtp; 550 5.1.1 unknown", **more: str) -> str:
    told = {"Final-Recipient": f"rfc822; {TO}", "Action": action, "Status": status, "Diagnostic-Code": words, **more}
    return "".join(f"{name}: {value}\n" for name, value in told.items() if value)


GONE = ("bounced", ("bounced", mail_reasons.RETURNED), "bounced")
FOR_NOW = ("bounced", ("bounced", mail_reasons.RETURNED_FOR_NOW), "ok")
NOT_THE_ADDRESS = ("bounced", ("bounced", mail_reasons.RETURNED_MAIL), "ok")
STILL_TRYING = ("delayed", ("sent", ""), "ok")
NOTHING = ("unknown", ("sent", ""), "ok")


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (report(fields()), GONE),
        (report(fields(status="4.4.7", words="smtp; 421 4.4.7 gave up after five days")), FOR_NOW),
        (report(fields(status="4.4.7", words="")), FOR_NOW),
        (report(fields(action="Failed (permanent)", status="5.0.0 (undefined)", words="")), NOT_THE_ADDRESS),
        (report(fields(action="", status="5.1.1")), GONE),
        (report(fields(action="failed", status="", words="smtp; 550 5.1.1 unknown")), GONE),
        (report(fields(status="5.2.2", words="smtp; 552 5.2.2 Over quota")), FOR_NOW),
        (report(fields(status="5.2.1", words="")), GONE),
        (report(fields(status="5.7.1", words="smtp; 554 5.7.1 Recipient address rejected: blocked")), NOT_THE_ADDRESS),
        (report(fields(status="5.4.1", words="smtp; 550 5.4.1 Recipient address rejected: Access denied")), GONE),
        (report(fields(status="5.3.4", words="smtp; 552 5.3.4 message too big")), NOT_THE_ADDRESS),
        (report(fields(status="5.1.8", words="smtp; 501 5.1.8 bad sender")), NOT_THE_ADDRESS),
        (report(fields(**{"Final-Recipient": "rfc822; gone@qq.example", "Original-Recipient": f"rfc822;{TO}"})), GONE),
        (report(fields(**{"Final-Recipient": f"utf-8; <{TO}>"}), "message/global-delivery-status"), GONE),
        (report(fields(), encoding="base64"), GONE),
        (report(fields(), "text/plain"), GONE),
        (report(fields(action="delayed", status="4.4.1")), STILL_TRYING),
        (report(fields(action="delayed", status="5.1.1")), STILL_TRYING),
        (report(fields(action="delivered", status="2.1.5", words="")), NOTHING),
        (report(fields(action="relayed", status="2.0.0", words="")), NOTHING),
        (report(fields(action="expanded", status="2.0.0", words="")), NOTHING),
    ],
)  # fmt: skip
def test_what_the_fields_say_is_done(come_back: Come, raw: bytes, outcome: tuple[str, tuple[str, str], str]) -> None:
    assert come_back(raw) == outcome


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (spoken("PostMaster@qq.com", "系统退信", f"<p>无法发送到 {TO}</p><p>原因：该用户不存在</p>", html=True), GONE),
        (spoken("PostMaster@qq.com", "系统退信", f"host mx3.qq.com said: 550 Mailbox not found. 发往 {TO}"), GONE),
        (spoken("PostMaster@qq.com", "退信通知", f"{TO}：收件人空间不足"), FOR_NOW),
        (spoken("PostMaster@qq.com", "退信通知", f"{TO}: 550 Domain frequency limited."), NOT_THE_ADDRESS),
        (spoken("PostMaster@qq.com", "退信通知", f"{TO}: 550 Mail content denied."), NOT_THE_ADDRESS),
        (spoken("Postmaster@163.com", "系统退信/Systems bounce", f"收件人 {TO}\n英文说明:550 User not found"), GONE),
        (spoken("Postmaster@163.com", "系统退信/Systems bounce", f"{TO}\n英文说明:550 User suspended"), FOR_NOW),
        (spoken("postmaster@sina.com", "退信通知", f"{TO} 554 DT:SPM 163 smtp spam"), NOT_THE_ADDRESS),
        (spoken("MAILER-DAEMON@mx.example", "failure notice", f"Hi. This is the qmail-send program.\n<{TO}>:\n"
                "Sorry, no mailbox here by that name. 550 5.1.1 unknown user"), GONE),
        (spoken("Mailer-Daemon@mx.example", "Mail delivery failed", f"{TO}: 550 5.1.1 no such user"), GONE),
        (spoken("Mailer-Daemon@mx.example", "Warning: message delayed 24 hours", "we keep trying"), STILL_TRYING),
        (spoken("li@mail.example", "自动回复：休假中", "我在休假，退信请找同事"), NOTHING),
        (spoken("postmaster@mail.example", "Welcome", "hello"), NOTHING),
        (f"From: postmaster@corp.example\nSubject: 退信\n\n退信原因：收件人不存在 {TO}".encode("gbk"), GONE),
        (b"Subject: out of office\r\n\r\nback on Monday", NOTHING),
    ],
)  # fmt: skip
def test_what_the_words_say_is_done(come_back: Come, raw: bytes, outcome: tuple[str, tuple[str, str], str]) -> None:
    assert come_back(raw) == outcome


@pytest.mark.parametrize(
    ("kind", "outcome"), [("feedback-report", "complained"), ("disposition-notification", "unknown")]
)
def test_a_report_of_complaint_or_reading_bounces_nothing(come_back: Come, kind: str, outcome: str) -> None:
    told = f"Feedback-Type: abuse\nFinal-Recipient: rfc822; {TO}\nDisposition: automatic; displayed\n"
    assert come_back(report(told, f"message/{kind}")) == (outcome, *NOTHING[1:])


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?id=20022", "address"),
        ("550 User not found: li@163.com", "address"),
        ("550 该用户未开通QQ邮箱", "address"),
        ("554 delivery error: This user doesn't have a yahoo.com account", "address"),
        ("550 Requested action not taken: mailbox unavailable", "address"),
        ("553 5.1.2 Host or domain name not found", "address"),
        ("550 User suspended", "mailbox"),
        ("552 Requested mailbox exceeds quota.", "mailbox"),
        ("550 用户邮箱空间已满", "mailbox"),
        ("550 Mailbox unavailable or access denied", "mail"),
        ("550 Mail is rejected by recipients", "mail"),
        ("550 Ip in blacklist", "mail"),
        ("554 MI:SPF 163 smtp", "mail"),
        ("550 5.7.1 unknown user, by policy", "mail"),
        ("550 Connection frequency limited", "rate"),
        ("550 RP:QRC too many recipients", "rate"),
    ],
)
def test_whose_fault_a_refusal_is(words: str, fault: str) -> None:
    assert fault_of(words) == fault


def test_a_provider_that_had_too_much_is_tried_again_later(
    post: Post, sender: Sender, plan: Callable[..., Message], customer: Customer
) -> None:
    post.answers[f"customer{customer.pk}@mail.example"] = ["550 Domain frequency limited"]
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("planned", reasons.TEMPORARY)


def test_a_full_mailbox_fails_the_mail_and_keeps_the_address(
    post: Post, sender: Sender, plan: Callable[..., Message], customer: Customer
) -> None:
    post.answers[f"customer{customer.pk}@mail.example"] = ["552 Requested mailbox exceeds quota"]
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("failed", mail_reasons.MAILBOX_REFUSED)
    assert ContactPoint.objects.get(customer=customer).state == "ok"


def test_hostile_returned_mail_is_read_in_no_time() -> None:
    deep = (
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 300
    )
    for raw in (deep, spoken("postmaster@x.example", "退信", "a@" * 200_000), b"\xff" * 100_000, b""):
        assert isinstance(reports_in(raw), list)
