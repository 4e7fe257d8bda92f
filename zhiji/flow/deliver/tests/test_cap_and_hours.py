"""No customer hears more marketing than the cap allows, nor in quiet hours, however many senders there are."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from zhiji.flow.deliver import actions, gate, ledger, queries, reasons
from zhiji.flow.deliver.channels.email import reasons as mail_reasons
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

Plan = Callable[..., Message]


def test_the_second_of_a_day_is_refused(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    first, second = plan(customer), plan(customer)
    sender.round()
    assert state_of(first)[0] == "sent"
    assert state_of(second) == ("refused", reasons.CAP_DAY) and len(post.mails) == 1


def test_the_week_is_the_last_seven_days(
    post: Post, sender: Sender, plan: Plan, customer: Customer, move_clock: Callable[[timedelta], None]
) -> None:
    states = []
    for _ in range(5):
        message = plan(customer)
        sender.round()
        states.append(state_of(message))
        move_clock(timedelta(hours=25))
    assert states == [("sent", "")] * 3 + [("refused", reasons.CAP_WEEK)] * 2
    move_clock(timedelta(hours=48))
    message = plan(customer)
    sender.round()
    assert state_of(message) == ("sent", "")


def test_service_mail_neither_counts_nor_is_counted(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    for key in "abc":
        actions.plan(by=None, customer_id=customer.pk, written={"subject": key, "text": key}, send_key=key)
    message = plan(customer)
    sender.round()
    assert state_of(message)[0] == "sent" and len(post.mails) == 4


def test_what_failed_leaves_room(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    post.answers[f"customer{customer.pk}@mail.example"] = ["550 5.7.1 spam"]
    first = plan(customer)
    sender.round()
    assert state_of(first) == ("failed", mail_reasons.MAIL_REFUSED)
    second = plan(customer)
    sender.round()
    assert state_of(second)[0] == "sent"


def test_a_merged_customer_has_one_cap(post: Post, sender: Sender, plan: Plan, customer: Customer) -> None:
    other = make_customer()
    first, second = plan(customer), plan(other)
    Customer.objects.filter(pk=other.pk).update(root_id=customer.pk)
    sender.round()
    assert {state_of(first)[0], state_of(second)[0]} == {"sent", "refused"} and len(post.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_cannot_both_pass_the_cap(plan: Plan, house: DeliverySettings) -> None:
    customers = [make_customer() for _ in range(25)]
    for _ in range(2):
        for one in customers:
            plan(one)
    settings, start = queries.delivery_settings(), threading.Barrier(4)

    def take(name: str) -> None:
        start.wait()
        while ledger.take(EMAIL, name, settings, clock.now(), limit=5)[1]:
            pass
        connection.close()

    threads = [threading.Thread(target=take, args=(f"sender {n}",)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    passed = Message.objects.filter(state="sending").values_list("customer_id", flat=True)
    assert sorted(passed) == sorted(one.pk for one in customers)
    assert Message.objects.filter(state="refused", reason=reasons.CAP_DAY).count() == 25


def shanghai(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 4, hour, minute, tzinfo=clock.zone())


def test_quiet_hours_end_in_the_morning_of_the_workspace(house: DeliverySettings) -> None:
    house.quiet_from, house.quiet_until = time(21), time(9)
    assert gate.quiet_until(shanghai(20, 59), house.quiet_hours) is None
    assert gate.quiet_until(shanghai(21), house.quiet_hours) == datetime(2026, 3, 5, 1, tzinfo=UTC)
    assert gate.quiet_until(shanghai(3), house.quiet_hours) == datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert gate.quiet_until(shanghai(9), house.quiet_hours) is None
    house.quiet_from, house.quiet_until = time(12), time(14)
    assert gate.quiet_until(shanghai(13), house.quiet_hours) == shanghai(14)
    assert gate.quiet_until(shanghai(15), house.quiet_hours) is None


def test_marketing_waits_for_the_morning_and_service_goes(plan: Plan, customer: Customer) -> None:
    DeliverySettings.objects.update(quiet_from=time(21), quiet_until=time(9))
    waiting = plan(customer)
    service = actions.plan(by=None, customer_id=customer.pk, written={"subject": "a", "text": "b"}, send_key="s")
    night = (clock.now() + timedelta(days=2)).astimezone(clock.zone()).replace(hour=23, minute=0)
    passed, _ = ledger.take(EMAIL, "night", queries.delivery_settings(), night)
    assert [held.message.pk for held in passed] == [service.pk]
    assert state_of(waiting) == ("planned", reasons.QUIET)
    assert waiting.due_at == night.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert waiting.counted_at is None and waiting.attempts == 0
