"""What becomes of a letter whatever a mail server answers at whatever step, or doesn't: the real sender at a socket."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from zhiji.flow.deliver import ledger, reasons
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email import smtp
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import NEARLY_OVER, Sender
from zhiji.flow.deliver.tests.conftest import mail_trouble, make_customer, state_of
from zhiji.flow.deliver.tests.mail_relay import HANGS_UP, STEPS, Relay, Said, certificate, keeps_silent
from zhiji.flow.profile.models import ContactPoint
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]
LATER, DOUBT = ("planned", reasons.TEMPORARY), ("planned", reasons.IN_DOUBT)
DOWN, SENT = ("planned", reasons.SERVER_DOWN), ("sent", "")
REFUSED, FULL = ("failed", mail_reasons.MAIL_REFUSED), ("failed", mail_reasons.MAILBOX_REFUSED)
NOBODY, WAITS = ("bounced", mail_reasons.ADDRESS_REFUSED), ("planned", "")
CLOSING = b"421 4.3.2 closing\r\n"
LAST = b"554 5.7.1 go away\r\n"
"""A refusal after which the line ends."""
LINES = b"550-5.7.1 not\r\n550-5.7.1 this\r\n550 5.7.1 one\r\n"

CASES: list[tuple[str, list[Said], tuple[str, str], int]] = [
    # nobody was told of the letter: it waits, and that cost no attempt
    *(("greeting", [one], WAITS, 0) for one in (CLOSING, b"554 5.7.1 no\r\n", b"what?\r\n", HANGS_UP, keeps_silent)),
    *(("ehlo", [one], WAITS, 0) for one in (CLOSING, HANGS_UP, keeps_silent)),
    *(("ehlo", [one, one], WAITS, 0) for one in (b"502 no\r\n", b"what?\r\n")),  # HELO is tried, too
    ("auth", [b"535 5.7.8 wrong\r\n"] * 3, WAITS, 0),
    ("auth", [b"454 4.7.0 later\r\n"] * 3, WAITS, 0),
    *(("auth", [one], WAITS, 0) for one in (HANGS_UP, keeps_silent)),
    ("mail", [HANGS_UP], SENT, 1),  # a kept line that had ended: once more on a new one
    ("mail", [HANGS_UP, HANGS_UP], DOWN, 0),
    ("mail", [keeps_silent, keeps_silent], DOWN, 0),
    ("mail", [b"530 5.7.0 sign in first\r\n"], DOWN, 0),
    ("rcpt", [b"530 5.7.0 sign in first\r\n"], DOWN, 0),
    # it was refused for now
    *((step, [one], LATER, 1) for step in ("mail", "rcpt", "data", "content") for one in (
        b"451 4.3.0 later\r\n", CLOSING, b"450-4.2.1 wait\r\n450 4.2.1 a little\r\n", b"550 rate limit exceeded\r\n")),
    *((step, [b"what?\r\n"], LATER, 1) for step in ("mail", "rcpt", "data", "content")),
    *(("rcpt", [one], LATER, 1) for one in (HANGS_UP, keeps_silent)),
    # for good
    *((step, [one], REFUSED, 1) for step in ("mail", "rcpt", "data", "content") for one in (
        b"550 5.7.1 spam\r\n", LAST, LINES, "554 垃圾邮件\r\n".encode("gb18030") + b"")),
    *((step, [b"552 5.2.2 quota exceeded\r\n"], FULL, 1) for step in ("rcpt", "content")),
    *((step, [b"550 5.1.1 no such user\r\n"], NOBODY, 1) for step in ("rcpt", "content")),
    ("rcpt", [b"550 no\r\n"], NOBODY, 1),
    ("content", [b"550 no\r\n"], REFUSED, 1),
    ("mail", [b"553 5.1.8 who are you\r\n"], REFUSED, 1),
    # taken, in odd words
    ("rcpt", [b"252 2.1.5 I'll try\r\n"], SENT, 1),
    ("content", [b"200 fine\r\n"], SENT, 1),
    ("content", [b"250-2.0.0 taken\r\n250 2.0.0 \xb9\xfe\r\n"], SENT, 1),
    # the line broke after it was handed over
    *(("content", [one], DOUBT, 1) for one in (HANGS_UP, keeps_silent)),
    *(("data", [one], DOUBT, 1) for one in (HANGS_UP, keeps_silent)),
]  # fmt: skip


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch, house: DeliverySettings) -> Iterator[Relay]:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    one = Relay(then_hangs_up={CLOSING, LAST})
    one.start()
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", f"smtp://us:secret@127.0.0.1:{one.port}")
    yield one
    one.stop()


def message_ids(relay: Relay) -> set[bytes]:
    return {re.search(rb"(?im)^message-id: *(\S+)", mail)[1] for mail in relay.mails}  # type: ignore[index]


@pytest.mark.parametrize("step", STEPS)
def test_what_a_server_answers_decides_of_this_letter_only(
    relay: Relay, sender: Sender, plan: Plan, move_clock: Callable[[timedelta], None], step: str
) -> None:
    for _, says, wanted, attempts in (case for case in CASES if case[0] == step):
        relay.mails.clear()
        sender.close()
        one = make_customer()
        message, other = plan(one), plan(make_customer())
        relay.says[step] = list(says)
        sender.round()
        assert (says, state_of(message), message.attempts) == (says, wanted, attempts)
        assert ContactPoint.objects.get(customer=one).state == ("bounced" if wanted == NOBODY else "ok"), says
        if wanted in (DOWN, WAITS):
            assert mail_trouble() and state_of(other)[0] == "planned" and relay.mails == [], says
        else:
            assert state_of(other) == SENT, says
        move_clock(timedelta(minutes=3))
        sender.round()
        assert state_of(message) == (SENT if wanted[0] == "planned" else wanted) and state_of(other) == SENT, says
        sent = 1 + (message.state == "sent")
        assert mail_trouble() == "" and len(message_ids(relay)) == sent, says
        assert len(relay.mails) == sent + (wanted == DOUBT and step == "content"), "in doubt, it goes once more"
        facts = Accepted.objects.filter(name="message_sent")
        assert facts.count() == sent, says
        facts.delete()


def test_every_step_was_answered_badly() -> None:
    assert {step for step, *_ in CASES} == set(STEPS)


def test_at_the_last_attempt_a_letter_is_given_up_and_not_before(
    relay: Relay, sender: Sender, plan: Plan, move_clock: Callable[[timedelta], None]
) -> None:
    DeliverySettings.objects.update(max_attempts=3)
    message = plan(make_customer())
    relay.says["rcpt"] = [b"451 later\r\n"] * 9
    for _ in range(2):
        sender.round()
        assert state_of(message) == LATER
        move_clock(timedelta(hours=7))
    sender.round()
    assert state_of(message) == ("failed", reasons.GAVE_UP) and message.attempts == 3
    move_clock(timedelta(hours=7))
    assert sender.round() is False and len(relay.says["rcpt"]) == 6


@pytest.mark.django_db(transaction=True)
def test_a_server_so_slow_that_another_sender_took_the_letter_is_told_no_more_of_it(
    relay: Relay, sender: Sender, plan: Plan, move_clock: Callable[[timedelta], None]
) -> None:
    message = plan(make_customer())

    def slow() -> bytes:
        move_clock(ledger.LEASE + timedelta(seconds=1))
        Message.objects.filter(pk=message.pk).update(sender="another")
        connection.close()
        return b"250 ok\r\n"

    relay.says["rcpt"] = [slow]
    sender.round()
    assert state_of(message)[0] == "sending" and relay.mails == [] and relay.heard[-2:] == ["rcpt", "rset"]
    assert NEARLY_OVER < ledger.LEASE


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(("named", "known", "good"), [
    ("127.0.0.1", True, True), ("127.0.0.1", False, False), ("mail.example", True, False), ("expired", True, False)
])  # fmt: skip
def test_with_tls_a_letter_goes_only_to_who_has_the_right_certificate(
    relay: Relay, sender: Sender, plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    implicit: bool, named: str, known: bool, good: bool,
) -> None:  # fmt: skip
    relay.implicit, relay.starttls, relay.named = implicit, not implicit, named
    if known:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(certificate(named)[0])
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    scheme = "smtps" if implicit else "smtp"
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", f"{scheme}://us:secret@127.0.0.1:{relay.port}")
    message = plan(make_customer())
    sender.round()
    assert state_of(message) == (SENT if good else WAITS) and len(relay.mails) == good
    assert ("auth" in relay.heard) == good, "the password is said to nobody else"
    assert ("certificate" in mail_trouble().lower()) == (not good)


@pytest.mark.parametrize("answer", [b"454 4.7.0 not now\r\n", b"501 5.5.4 no\r\n", HANGS_UP])
def test_a_server_that_takes_back_its_offer_of_tls_gets_nothing_in_clear(
    relay: Relay, sender: Sender, plan: Plan, answer: Said
) -> None:
    relay.starttls, relay.says["starttls"] = True, [answer]
    message = plan(make_customer())
    sender.round()
    assert state_of(message) == WAITS and relay.mails == [] and not {"auth", "mail"} & set(relay.heard)
    assert {"starttls"} <= set(relay.heard) and mail_trouble()


@pytest.mark.parametrize("here", [True, False])
def test_a_password_leaves_the_machine_only_over_an_encrypted_line(
    relay: Relay, sender: Sender, plan: Plan, monkeypatch: pytest.MonkeyPatch, here: bool
) -> None:
    monkeypatch.setattr(smtp, "stays_here", lambda line: here)
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", f"smtp://us:secret@127.0.0.1:{relay.port}")
    message = plan(make_customer())
    sender.round()
    assert state_of(message) == (SENT if here else WAITS) and ("auth" in relay.heard) == here
    assert ("smtps://" in mail_trouble()) == (not here)
