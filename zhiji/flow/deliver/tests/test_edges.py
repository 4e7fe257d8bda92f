"""Caps and quiet hours at their very edges, and what happens between a letter's plan and its sending."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest

from zhiji.flow.deliver import actions, gate, ledger, queries, reasons
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.ledger import Held
from zhiji.flow.deliver.models import DeliverySettings, Message, Template
from zhiji.flow.deliver.tests.conftest import make_customer, state_of
from zhiji.flow.profile.actions import merge_customers, set_consent
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

TICK = timedelta(microseconds=1)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
_keys = count()


def letter(customer: Customer, template: Template | None, at: datetime = NOON) -> Message:
    """A marketing letter by the template, or a service letter, due at that moment."""
    written = None if template else {"subject": "a", "text": "b"}
    key = f"edge:{next(_keys)}"
    message = actions.plan(by=None, customer_id=customer.pk, template=template, written=written, send_key=key)
    Message.objects.filter(pk=message.pk).update(due_at=at)
    return message


def asked(message: Message, at: datetime) -> tuple[str, str]:
    """What the ledger answers at that moment: state and reason."""
    ledger.take(EMAIL, "one", queries.delivery_settings(), at)
    return state_of(message)


@pytest.mark.parametrize(("limit", "window", "reason"), [
    ("cap_per_day", gate.DAY, reasons.CAP_DAY), ("cap_per_week", gate.WEEK, reasons.CAP_WEEK)
])  # fmt: skip
@pytest.mark.parametrize("cap", [0, 1, 3])
def test_the_cap_is_reached_and_not_passed_until_its_window_is_over(
    house: DeliverySettings,
    customer: Customer,
    template: Template,
    limit: str,
    window: timedelta,
    reason: str,
    cap: int,
) -> None:
    DeliverySettings.objects.update(**{"cap_per_day": 9, "cap_per_week": 9, limit: cap})
    for number in range(cap):
        assert asked(letter(customer, template), NOON + number * TICK) == ("sending", "")
    Message.objects.update(state="sent")
    one_more = NOON + cap * TICK
    assert asked(letter(customer, template), one_more) == ("refused", reason)
    assert asked(letter(customer, None), one_more) == ("sending", "")
    assert asked(letter(customer, template), NOON + window - TICK) == ("refused", reason)
    if cap:
        assert asked(letter(customer, template), NOON + window) == ("sending", "")


ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe")
"""Without summer time, with it, and with one of half an hour; the days on which their clocks are moved are below."""
DAYS = [date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4), date(2026, 2, 28), date(2026, 12, 31)]
QUIET = [(time(21), time(9)), (time(12), time(14)), (time(22, 30), time(1, 30)), (time(0), time(2, 30)),
         (time(1, 15), time(1, 45)), (time(23, 59), time(0, 1))]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_quiet_hours_are_those_of_the_clock_on_the_wall_and_end_in_the_time_to_come(settings: Any, zone: str) -> None:
    settings.TIME_ZONE = zone
    for start, end in QUIET:
        row = DeliverySettings(quiet_from=start, quiet_until=end)
        for day in DAYS:
            midnight = datetime.combine(day, time(), clock.zone()).astimezone(UTC)
            for minute in range(0, 36 * 60, 15):
                for at in (midnight + timedelta(minutes=minute), midnight + timedelta(minutes=minute) - TICK):
                    wall = at.astimezone(clock.zone()).time()
                    quiet = start <= wall < end if start < end else not end <= wall < start
                    until = gate.quiet_until(at, row.quiet_hours)
                    assert (until is not None) == quiet, (zone, start, end, at)
                    if until:
                        assert at < until <= at + timedelta(hours=25), (zone, start, end, at)
                        assert gate.quiet_until(until, row.quiet_hours) is None, (zone, start, end, at)


@pytest.mark.parametrize(("hour", "minute", "tick", "quiet"), [
    (20, 59, False, False), (21, 0, True, False), (21, 0, False, True), (9, 0, True, True), (9, 0, False, False)
])  # fmt: skip
def test_marketing_waits_from_the_first_to_the_last_moment_and_service_never(
    customer: Customer, template: Template, hour: int, minute: int, tick: bool, quiet: bool
) -> None:
    DeliverySettings.objects.update(quiet_from=time(21), quiet_until=time(9))
    at = datetime(2026, 3, 4, hour, minute, tzinfo=clock.zone()) - tick * TICK
    marketing, service = letter(customer, template), letter(customer, None)
    Message.objects.update(due_at=at)
    assert asked(service, at) == ("sending", "")
    assert state_of(marketing) == (("planned", reasons.QUIET) if quiet else ("sending", ""))
    if quiet:
        assert asked(marketing, marketing.due_at - TICK) == ("planned", reasons.QUIET)
        assert asked(marketing, marketing.due_at) == ("sending", "")


def _take(message: Message, at: datetime) -> Held:
    (held,), _ = ledger.take(EMAIL, "one", queries.delivery_settings(), at)
    assert held.message.pk == message.pk
    return held


def told_to_come_later(message: Message) -> None:
    ledger.settle_later(_take(message, NOON).message, "one", "451 later", queries.delivery_settings(), NOON)


def the_server_is_down(message: Message) -> None:
    ledger.release([_take(message, NOON)], "one", NOON, "gone")


def its_sender_died(message: Message) -> None:
    _take(message, NOON)


def the_night_came(message: Message) -> None:
    DeliverySettings.objects.update(quiet_from=time(21), quiet_until=time(9))
    assert asked(message, NOON + timedelta(hours=3)) == ("planned", reasons.QUIET)
    DeliverySettings.objects.update(quiet_from=time(3), quiet_until=time(3))


def failed_and_retried(message: Message) -> None:
    ledger.settle_failed(_take(message, NOON).message, "one", mail_reasons.MAIL_REFUSED)
    assert actions.retry(by=None, message=message)


def had_holes_and_was_retried(message: Message) -> None:
    ledger.settle_empty(_take(message, NOON).message, "one", ["customer.city"])
    assert actions.retry(by=None, message=message)


def cancelled_and_retried(message: Message) -> None:
    assert actions.cancel(by=None, message=message) and actions.retry(by=None, message=message)


KEEPS_ITS_PLACE = (told_to_come_later, the_server_is_down, its_sender_died)
HAS_NONE = (the_night_came, failed_and_retried, had_holes_and_was_retried, cancelled_and_retried)
AGAIN = NOON + timedelta(hours=20)
"""When whatever happened to a letter of noon lies behind it, on the same day."""


def again(way: Callable[[Message], None], customer: Customer, template: Template) -> Message:
    """A letter that is asked at noon and was put back by `way`, to be asked again."""
    message = letter(customer, template)
    way(message)
    Message.objects.filter(pk=message.pk).update(due_at=AGAIN)
    assert state_of(message)[0] in ("planned", "sending")
    return message


@pytest.mark.parametrize("way", [*KEEPS_ITS_PLACE, *HAS_NONE])
def test_what_comes_again_is_asked_again_at_the_moment_of_sending(
    house: DeliverySettings, template: Template, way: Callable[[Message], None]
) -> None:
    still, withdrawn, merged, silent = (make_customer() for _ in range(4))
    letters = {}
    for one in (still, withdrawn, merged, silent):
        letters[one] = again(way, one, template)
        Message.objects.filter(pk=letters[one].pk).update(leased_until=None, due_at=AGAIN + timedelta(days=9))
    Message.objects.update(due_at=AGAIN, leased_until=NOON)
    set_consent(customer_ids=[withdrawn.pk], channel="email", granted=False, by=None)
    other = make_customer(email=None, consent=None)
    set_consent(customer_ids=[other.pk], channel="email", granted=False, by=None)
    merge_customers(loser=merged.pk, winner=other.pk, by=None)
    set_consent(customer_ids=[silent.pk], channel="sms", granted=False, by=None)
    ledger.take(EMAIL, "two", queries.delivery_settings(), AGAIN)
    assert [state_of(letters[one]) for one in (still, withdrawn, merged, silent)] == [
        ("sending", ""), ("refused", reasons.REVOKED), ("refused", reasons.REVOKED), ("sending", "")
    ]  # fmt: skip


@pytest.mark.parametrize("way", [*KEEPS_ITS_PLACE, *HAS_NONE])
def test_a_place_under_the_cap_is_kept_or_given_back_and_never_taken_twice(
    house: DeliverySettings, customer: Customer, template: Template, way: Callable[[Message], None]
) -> None:
    message = again(way, customer, template)
    between = letter(customer, template)
    kept = way in KEEPS_ITS_PLACE
    if way is its_sender_died:
        Message.objects.filter(pk=message.pk).update(leased_until=AGAIN)
    assert asked(between, NOON + timedelta(hours=4)) == (("refused", reasons.CAP_DAY) if kept else ("sending", ""))
    assert asked(message, AGAIN + TICK) == (("sending", "") if kept else ("refused", reasons.CAP_DAY))
    DeliverySettings.objects.update(cap_per_day=2)
    after = [asked(letter(customer, template), AGAIN + TICK) for _ in range(2)]
    assert after == [("sending", ""), ("refused", reasons.CAP_DAY)], "one place of two was taken, not both"


@pytest.mark.parametrize("way", KEEPS_ITS_PLACE)
def test_what_comes_again_a_day_later_finds_its_place_taken(
    house: DeliverySettings, customer: Customer, template: Template, way: Callable[[Message], None]
) -> None:
    message = again(way, customer, template)
    late = NOON + gate.DAY
    Message.objects.filter(pk=message.pk).update(due_at=late + timedelta(hours=1), leased_until=late)
    assert asked(letter(customer, template, late), late) == ("sending", "")
    assert asked(message, late + timedelta(hours=1)) == ("refused", reasons.CAP_DAY)


@pytest.mark.parametrize("way", KEEPS_ITS_PLACE)
def test_what_came_again_is_counted_from_when_it_went(
    house: DeliverySettings, customer: Customer, template: Template, way: Callable[[Message], None]
) -> None:
    message = again(way, customer, template)
    Message.objects.filter(pk=message.pk).update(leased_until=NOON)
    assert asked(message, AGAIN) == ("sending", "")
    Message.objects.update(state="sent")
    assert asked(letter(customer, template), AGAIN + gate.DAY - TICK) == ("refused", reasons.CAP_DAY)
    assert asked(letter(customer, template), AGAIN + gate.DAY) == ("sending", "")
