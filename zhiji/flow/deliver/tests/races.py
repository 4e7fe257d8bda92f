"""Who meets at the locks of messages, templates and webhook calls."""

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from zhiji.access.models import AuditLine
from zhiji.config.tests.races.racing import Race
from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.deliver import actions, ledger, queries, tokens
from zhiji.flow.deliver.account_actions import resume_account, set_account
from zhiji.flow.deliver.accounts import values
from zhiji.flow.deliver.channel import channel_of
from zhiji.flow.deliver.channels.email import bounces
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import Account, Message, Template, WebhookCall
from zhiji.flow.deliver.tests.conftest import WORDING, make_customer
from zhiji.flow.deliver.webhooks import ledger as calls
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import clock


def _planned(count: int, cap: int = 1) -> list[Message]:
    """So many marketing letters to one customer, of whom `cap` may go out in a day."""
    settings = queries.delivery_settings()
    settings.quiet_from = settings.quiet_until = time(3)
    settings.cap_per_day = cap
    settings.save()
    template = actions.save_template(by=None, key="care", name="关怀", purpose="marketing", wording=WORDING)
    who = make_customer().pk
    keys = [f"raced:{number}" for number in range(count)]
    return [actions.plan(by=None, customer_id=who, template=template, send_key=key) for key in keys]


def _take(name: str, later: timedelta = timedelta()) -> list[int]:
    held, _looked = ledger.take(EMAIL, name, queries.delivery_settings(), clock.now() + later, limit=1)
    return [one.message.pk for one in held]


def two_senders_count_one_cap() -> Race:
    """Each has another letter to the same customer: only one passes."""
    _planned(2)

    def then(first: Any, second: Any) -> None:
        assert (len(first), second) == (1, [])
        assert sorted(Message.objects.values_list("state", "reason")) == [("refused", "cap_day"), ("sending", "")]

    return Race(lambda: _take("one"), lambda: _take("two"), then)


def two_senders_take_one_letter() -> Race:
    """The second passes over what the first has."""
    (message,) = _planned(1)

    def then(first: Any, second: Any) -> None:
        assert (first, second) == ([message.pk], [])
        assert Message.objects.get().attempts == 1
        assert _take("three", 2 * ledger.LEASE) == [message.pk], "of a sender that died"

    return Race(lambda: _take("one"), lambda: _take("two"), then, passes=True)


def two_save_one_template() -> Race:
    """Each wording has a version of its own."""
    actions.save_template(by=None, key="care", name="关怀", purpose="service", wording=WORDING)

    def save(text: str) -> Template:
        wording = Wording(text, WORDING.html, WORDING.text)
        return actions.save_template(by=None, key="care", name="关怀", purpose="service", wording=wording)

    def then(first: Any, second: Any) -> None:
        assert (first.version, second.version) == (2, 3), second

    return Race(lambda: save("乙"), lambda: save("丙"), then)


def two_set_the_cap() -> Race:
    queries.delivery_settings()

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert AuditLine.objects.order_by("-id")[0].detail["before"] == {"cap_per_day": "4"}

    return Race(
        lambda: actions.set_delivery(by=None, cap_per_day=4), lambda: actions.set_delivery(by=None, cap_per_day=5), then
    )


def a_letter_bounces_twice() -> Race:
    """Its second report waits for the first, and changes nothing."""
    (message,) = _planned(1)
    Message.objects.update(state=Message.State.SENT, sent_at=clock.now())
    report = _report()
    to = tokens.return_address(message.pk, "shop.example")

    def then(first: Any, second: Any) -> None:
        assert (first, second) == ("bounced", "bounced")
        assert AuditLine.objects.filter(verb="message bounced").count() == 1

    return Race(lambda: bounces.receive(report, to), lambda: bounces.receive(report, to), then)


def _report() -> bytes:
    return (
        b"From: MAILER-DAEMON@mail.example\r\nTo: x@shop.example\r\nSubject: failed\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        b"Final-Recipient: rfc822; a@mail.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b--\r\n"
    )


def two_callers_take_one_call() -> Race:
    """A webhook is called by one of them."""
    who = make_customer()
    rule = Rule.objects.create(key="rule", name="a", trigger={}, steps=[])
    entry = RuleEntry.objects.create(
        rule=rule, version=1, customer=who, occasion="once", entered_at=clock.now(), state="running"
    )
    call = WebhookCall.objects.create(
        send_key="1", entry=entry, customer=who, url="https://x.example/", host="x.example", secret=b"", body={}
    )

    def take() -> list[int]:
        return [one.pk for one in calls.take(clock.now(), 10, Counter())]

    def then(first: Any, second: Any) -> None:
        assert (first, second) == ([call.pk], [])
        dead = WebhookCall.objects.get().leased_until
        assert dead is not None
        assert [one.pk for one in calls.take(dead + calls.LEASE, 10, Counter())] == [call.pk], "of a dead caller"

    return Race(take, take, then, passes=True)


def two_set_an_account() -> Race:
    """The second keeps the secret that the first wrote."""
    set_account(by=None, channel=channel_of("sms"), mode="live", given={"key_id": "a", "key_secret": "old"})

    def set_to(**given: str) -> Account:
        return set_account(by=None, channel=channel_of("sms"), mode="live", given={"key_id": "a", **given})

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert values(Account.objects.get())["key_secret"] == "new"

    return Race(lambda: set_to(key_secret="new"), lambda: set_to(key_id="b"), then)


def two_resume_an_account() -> Race:
    set_account(by=None, channel=channel_of("sms"), mode="live", given={"key_id": "a", "key_secret": "b"})
    channel_of("sms").faulted("no money")

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (True, False)

    return Race(
        lambda: resume_account(by=None, channel=channel_of("sms")),
        lambda: resume_account(by=None, channel=channel_of("sms")),
        then,
    )


RACES: dict[str, Callable[[], Race]] = {
    "zhiji/flow/deliver/gate.py:_hold": two_senders_count_one_cap,
    "zhiji/flow/deliver/ledger.py:_claim": two_senders_take_one_letter,
    "zhiji/flow/deliver/actions.py:save_template": two_save_one_template,
    "zhiji/flow/deliver/actions.py:set_delivery": two_set_the_cap,
    "zhiji/flow/deliver/receipts.py:held": a_letter_bounces_twice,
    "zhiji/flow/deliver/account_actions.py:set_account": two_set_an_account,
    "zhiji/flow/deliver/account_actions.py:resume_account": two_resume_an_account,
    "zhiji/flow/deliver/webhooks/ledger.py:take": two_callers_take_one_call,
}
