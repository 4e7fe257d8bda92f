"""From the ledger to the simulator: what goes out, what the gate keeps back, what is never sent twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from zhiji.flow.deliver import actions, ledger, queries, reasons
from zhiji.flow.deliver.account_actions import AccountRefused, resume_account, set_account
from zhiji.flow.deliver.channels.sms import reasons as own
from zhiji.flow.deliver.channels.sms.channel import SMS
from zhiji.flow.deliver.channels.sms.simulator.server import Running
from zhiji.flow.deliver.channels.sms.tests.conftest import KEY, reachable
from zhiji.flow.deliver.models import Account, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import state_of
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]


def test_a_text_goes_out_once_and_is_marked_as_simulated(sender: Sender, plan: Plan, running: Running) -> None:
    message = plan(reachable())
    assert sender.round() is True and sender.round() is False
    (sent,) = running.simulator.sent
    assert state_of(message) == ("sent", "") and sent.text == "【知己小店】王小明，会员周到了。拒收请回复R"
    assert (message.provider_id, message.simulated, message.subject) == (sent.biz_id, True, sent.text)
    assert Accepted.objects.get(name="message_sent").properties["channel"] == "sms"


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"consent": None}, reasons.NO_CONSENT),
        ({"consent": False}, reasons.REVOKED),
        ({"number": "+862112345678"}, reasons.BAD_ADDRESS),
        ({"number": "+4915112345678"}, reasons.BAD_ADDRESS),
    ],
)
def test_who_may_not_or_cannot_be_reached_is_refused_with_a_reason(
    sender: Sender, plan: Plan, running: Running, person: dict[str, Any], reason: str
) -> None:
    message, other = plan(reachable(**person)), plan(reachable())
    sender.round()
    assert state_of(message) == ("refused", reason) and state_of(other)[0] == "sent"
    assert len(running.simulator.sent) == 1


@pytest.mark.parametrize(("hour", "goes"), [(7, False), (8, True), (19, True), (20, False), (23, False)])
def test_marketing_goes_out_by_day_only(
    sender: Sender, plan: Plan, at_noon: datetime, monkeypatch: pytest.MonkeyPatch, hour: int, goes: bool
) -> None:
    at = at_noon.replace(hour=hour)
    message = plan(reachable())
    monkeypatch.setattr(clock, "now", lambda: at)
    Message.objects.update(due_at=at)
    sender.round()
    assert state_of(message) == (("sent", "") if goes else ("planned", reasons.QUIET))
    if not goes:
        assert message.due_at.astimezone(clock.zone()).hour == 8


def test_silence_leaves_it_unknown_and_it_is_not_sent_again(
    sender: Sender, plan: Plan, running: Running, at_noon: datetime
) -> None:
    running.simulator.faults.append("taken and silent")
    message = plan(reachable())
    sender.round()
    assert state_of(message) == ("unknown", reasons.UNKNOWN)
    later = at_noon + timedelta(hours=1)
    assert ledger.take(SMS, "second", queries.delivery_settings(), later) == ([], 0)
    assert len(running.simulator.sent) == 1


def test_what_a_dead_sender_had_begun_is_unknown_and_the_rest_goes_out(
    account: None, plan: Plan, at_noon: datetime
) -> None:
    settings, over = queries.delivery_settings(), at_noon + ledger.LEASE + timedelta(seconds=1)
    begun, waiting = plan(reachable()), plan(reachable())
    assert len(ledger.take(SMS, "dead", settings, at_noon)[0]) == 2
    assert ledger.begin(begun, "dead", at_noon)
    held, looked_at = ledger.take(SMS, "next", settings, over + ledger.LEASE)
    assert [one.message.pk for one in held] == [waiting.pk] and looked_at == 1
    assert state_of(begun) == ("unknown", reasons.UNKNOWN)
    assert not ledger.begin(begun, "dead", over), "and the dead one finds it taken away"


def test_an_account_that_is_refused_pauses_once_and_keeps_the_queue(
    sender: Sender, plan: Plan, running: Running
) -> None:
    running.simulator.accounts[KEY[0]].money = 0
    first, second = plan(reachable()), plan(reachable())
    sender.round()
    assert state_of(first)[0] == state_of(second)[0] == "planned" and first.attempts == 0
    assert "AMOUNT_NOT_ENOUGH" in Account.objects.get().paused_why
    assert sender.round() is False
    assert [one.channel.key for one in queries.troubles()] == ["email", "sms"]
    running.simulator.accounts[KEY[0]].money = 100
    assert resume_account(by=None, channel=SMS) and not resume_account(by=None, channel=SMS)
    Message.objects.update(due_at=clock.now())
    sender.round()
    assert state_of(first)[0] == state_of(second)[0] == "sent"


def test_a_limit_is_waited_for_and_a_refused_text_is_not(sender: Sender, plan: Plan, running: Running) -> None:
    customer = reachable()
    for _ in range(50):
        plan(customer)
    while sender.round():
        pass
    more = plan(customer)
    sender.round()
    assert state_of(more) == ("planned", own.LIMITED) and more.due_at > clock.now()
    running.simulator.accounts[KEY[0]].templates.clear()
    other = plan(reachable())
    sender.round()
    assert state_of(other) == ("failed", own.REFUSED) and "SMS_TEMPLATE_ILLEGAL" in other.reply


def test_own_words_are_not_for_this_channel(account: None) -> None:
    with pytest.raises(actions.CannotPlan, match="模板"):
        actions.plan(
            by=None, customer_id=reachable().pk, send_key="x", written={"subject": "a", "text": "b"}, channel="sms"
        )


def test_the_accounts_secret_is_sealed_kept_when_left_empty_and_live_means_aliyun(house: Any) -> None:
    given = {"key_id": "LTAI-1", "key_secret": "s3cret-of-ours", "endpoint": ""}
    row = set_account(by=None, channel=SMS, mode="live", given=given)
    assert b"s3cret" not in bytes(row.secrets) and "s3cret-of-ours" not in str(row.given)
    kept = set_account(by=None, channel=SMS, mode="live", given={**given, "key_secret": ""})
    from zhiji.flow.deliver.accounts import values

    assert values(kept)["key_secret"] == "s3cret-of-ours" and kept.inbound_key == row.inbound_key
    for endpoint in ("http://dysmsapi.aliyuncs.com", "https://evil.example", "https://aliyuncs.com.evil.example"):
        with pytest.raises(AccountRefused):
            set_account(by=None, channel=SMS, mode="live", given={**given, "endpoint": endpoint})
    with pytest.raises(AccountRefused):
        set_account(by=None, channel=SMS, mode="live", given={"key_id": "", "key_secret": "x"})
