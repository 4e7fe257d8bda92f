"""The ledger at its borders: the moment a cap, a lease and quiet hours end, and what each result leaves behind."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from zhiji.flow.deliver import gate, ledger, queries, reasons
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.tests.conftest import make_customer
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.profile.models import Consent
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

Plan = Callable[..., Message]
NOON = datetime(2026, 3, 4, 12, tzinfo=clock.zone())
INSTANT = timedelta(microseconds=1)


def taken(plan: Plan, customer: Customer, at: datetime, sender: str = "one") -> ledger.Held:
    message = plan(customer)
    Message.objects.filter(pk=message.pk).update(due_at=at)
    (held,), _ = ledger.take(EMAIL, sender, queries.delivery_settings(), at)
    return held


def row(held: ledger.Held) -> Message:
    return Message.objects.get(pk=held.message.pk)


def test_a_message_is_due_from_its_moment_on(plan: Plan, customer: Customer) -> None:
    message = plan(customer)
    Message.objects.filter(pk=message.pk).update(due_at=NOON)
    assert not ledger.anything_due(EMAIL, NOON - INSTANT) and ledger.anything_due(EMAIL, NOON)
    settings = queries.delivery_settings()
    assert ledger.take(EMAIL, "one", settings, NOON - INSTANT) == ([], 0)
    assert [held.message.pk for held in ledger.take(EMAIL, "one", settings, NOON)[0]] == [message.pk]


def test_a_lease_is_taken_over_only_once_it_has_ended(plan: Plan, customer: Customer) -> None:
    held, settings = taken(plan, customer, NOON), queries.delivery_settings()
    end = NOON + ledger.LEASE
    assert row(held).leased_until == end and not ledger.anything_due(EMAIL, end)
    assert ledger.take(EMAIL, "two", settings, end) == ([], 0)
    assert ledger.anything_due(EMAIL, end + INSTANT)
    assert len(ledger.take(EMAIL, "two", settings, end + INSTANT)[0]) == 1
    assert (row(held).sender, row(held).attempts) == ("two", 2)


def test_who_lost_the_lease_neither_renews_nor_settles(plan: Plan, customer: Customer) -> None:
    held = taken(plan, customer, NOON)
    assert not ledger.begin(held.message, "two", NOON) and not ledger.settle_sent(held.message, "two", NOON)
    ledger.settle_failed(held.message, "two", mail_reasons.MAIL_REFUSED)
    ledger.release([held], "two", NOON, "")
    assert (row(held).state, row(held).attempts) == (Message.State.SENDING, 1)
    later = NOON + timedelta(seconds=60)
    assert ledger.begin(held.message, "one", later) and row(held).leased_until == later + ledger.LEASE
    assert ledger.settle_sent(held.message, "one", later)
    assert (row(held).state, row(held).sent_at) == (Message.State.SENT, later)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 360), (11, 360)])
def test_a_wait_doubles_up_to_six_hours(plan: Plan, customer: Customer, attempts: int, minutes: int) -> None:
    held, settings = taken(plan, customer, NOON), queries.delivery_settings()
    held.message.attempts, settings.max_attempts = attempts, 12
    ledger.settle_later(held.message, "one", "451 <li@example.com> later", settings, NOON)
    kept, wait = row(held), timedelta(minutes=minutes)
    assert NOON + wait * 0.9 <= kept.due_at <= NOON + wait * 1.1
    assert (kept.state, kept.reason, kept.reply) == (Message.State.PLANNED, reasons.TEMPORARY, "451 <…@…> later")


def test_the_last_attempt_gives_up(plan: Plan, customer: Customer) -> None:
    held, settings = taken(plan, customer, NOON), queries.delivery_settings()
    settings.max_attempts = 1
    ledger.settle_later(held.message, "one", "451", settings, NOON)
    assert (row(held).state, row(held).reason) == (Message.State.FAILED, reasons.GAVE_UP)


def test_a_server_that_is_down_costs_no_attempt(plan: Plan, customer: Customer) -> None:
    held = taken(plan, customer, NOON)
    ledger.release([held], "one", NOON, "no route to a@b.cn")
    kept = row(held)
    assert (kept.state, kept.reason, kept.reply) == (Message.State.PLANNED, reasons.SERVER_DOWN, "no route to …@…")
    assert (kept.attempts, kept.sender, kept.due_at) == (0, "", NOON + timedelta(seconds=20))


def test_a_cap_counts_to_the_very_end_of_its_day_and_week(house: DeliverySettings) -> None:
    house.cap_per_day, house.cap_per_week = 1, 2
    day, week = NOON - gate.DAY, NOON - gate.WEEK
    assert gate.cap_problem([], house, NOON) == ""
    assert gate.cap_problem([day], house, NOON) == ""
    assert gate.cap_problem([day + INSTANT], house, NOON) == reasons.CAP_DAY
    assert gate.cap_problem([day, week + INSTANT], house, NOON) == reasons.CAP_WEEK
    house.cap_per_day, house.cap_per_week = 2, 3
    assert gate.cap_problem([NOON, day], house, NOON) == ""


def test_what_was_counted_a_week_ago_counts_no_more(plan: Plan, customer: Customer) -> None:
    held = taken(plan, customer, NOON)
    counted = gate._counted([customer.pk], NOON + gate.WEEK - INSTANT)
    assert counted == {customer.pk: {held.message.pk: NOON}}
    assert not gate._counted([customer.pk], NOON + gate.WEEK)


def test_quiet_hours_that_begin_when_they_end_are_none(house: DeliverySettings) -> None:
    house.quiet_from = house.quiet_until = time(9)
    assert [gate.quiet_until(NOON.replace(hour=hour), house.quiet_hours) for hour in (8, 9, 10)] == [None] * 3
    house.quiet_from, house.quiet_until = time(12), time(14)
    assert gate.quiet_until(NOON, house.quiet_hours) == gate.quiet_until(
        NOON.replace(hour=13, minute=59), house.quiet_hours
    )
    assert gate.quiet_until(NOON, house.quiet_hours) == NOON.replace(hour=14)
    assert gate.quiet_until(NOON.replace(hour=14), house.quiet_hours) is None


@pytest.mark.parametrize(
    ("purpose", "granted", "why"),
    [
        ("marketing", True, ""),
        ("marketing", None, reasons.NO_CONSENT),
        ("marketing", False, reasons.REVOKED),
        ("service", True, ""),
        ("service", None, ""),
        ("service", False, reasons.REVOKED),
    ],
)
def test_marketing_needs_a_yes_and_service_no_no(purpose: str, granted: bool | None, why: str) -> None:
    assert gate.consent_problem(purpose, granted) == why


def test_a_reply_is_kept_short_and_without_addresses() -> None:
    assert ledger.scrubbed("550 <li@example.com>: no\0 'a@b.cn'") == "550 <…@…>: no '…@…'"
    assert len(ledger.scrubbed("x" * 501)) == 500 and ledger.scrubbed("x" * 500) == "x" * 500


@pytest.mark.parametrize("last", [True, False])
def test_of_what_merged_customers_said_the_last_word_holds_in_whatever_order_it_was_written_down(
    plan: Plan, house: DeliverySettings, last: bool
) -> None:
    root, merged = make_customer(consent=None), make_customer(consent=None)
    Customer.objects.filter(pk=merged.pk).update(root_id=root.pk)
    for who, at, granted in ((merged, NOON, last), (root, NOON - INSTANT, not last)):
        Consent.objects.create(customer=who, channel="email", purpose="marketing", granted=granted, at=at)
    message = plan(root)
    Message.objects.filter(pk=message.pk).update(due_at=NOON)
    assert len(ledger.take(EMAIL, "one", queries.delivery_settings(), NOON)[0]) == last
    message.refresh_from_db()
    assert message.reason == ("" if last else reasons.REVOKED)


def test_who_waits_longest_is_served_first_and_what_a_dead_sender_held_before_what_is_due(
    plan: Plan, customer: Customer, house: DeliverySettings
) -> None:
    DeliverySettings.objects.update(cap_per_day=9, cap_per_week=9)
    later, earlier, dead, longer_dead = (plan(customer).pk for _ in range(4))
    for pk, at in ((later, NOON), (earlier, NOON - INSTANT), (dead, NOON), (longer_dead, NOON)):
        Message.objects.filter(pk=pk).update(due_at=at)
    for pk, until in ((dead, NOON - INSTANT), (longer_dead, NOON - 2 * INSTANT)):
        Message.objects.filter(pk=pk).update(state=Message.State.SENDING, sender="gone", leased_until=until)
    settings = queries.delivery_settings()
    served = [ledger.take(EMAIL, "one", settings, NOON, limit=1) for _ in range(4)]
    assert [[held.message.pk for held in one] for one, _ in served] == [[longer_dead], [dead], [earlier], [later]]
    assert [looked for _, looked in served] == [1] * 4


def test_a_letter_whose_variables_cannot_be_gathered_has_failed_and_keeps_no_other_back(
    plan: Plan, customer: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad = make_customer()
    letters = [plan(one) for one in (customer, bad, make_customer())]
    Message.objects.update(due_at=NOON)

    def failing(whom: list[Addressee], settings: DeliverySettings) -> list[dict[str, Any]]:
        if any(one.customer_id == bad.pk for one in whom):
            raise RuntimeError("x" * 600)
        return gather(whom, settings)

    monkeypatch.setattr(ledger, "gather", failing)
    held, looked = ledger.take(EMAIL, "one", queries.delivery_settings(), NOON)
    assert looked == 3 and {one.message.pk for one in held} == {letters[0].pk, letters[2].pk}
    failed = Message.objects.get(pk=letters[1].pk)
    assert (failed.state, failed.reason, failed.attempts) == (Message.State.FAILED, reasons.TEMPLATE, 0)
    assert len(failed.reply) == 500 and "can't be gathered" in caplog.text
