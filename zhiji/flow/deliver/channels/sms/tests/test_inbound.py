"""What the platform tells us at our address: receipts late, doubled, turned round, forged; customers' answers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from zhiji.flow.deliver.channels.sms import reasons as own
from zhiji.flow.deliver.channels.sms.inbound import mark_of
from zhiji.flow.deliver.channels.sms.simulator.server import Running
from zhiji.flow.deliver.channels.sms.tests.conftest import reachable
from zhiji.flow.deliver.models import Account, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import state_of
from zhiji.flow.profile.models import Consent, ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import Accepted
from zhiji.kernel.pipeline import run_once

Plan = Callable[..., Message]
TAKEN = {"code": 0, "msg": "接收成功"}


def push(client: Client, *rows: dict[str, Any], key: str = "") -> Any:
    """As the platform does it, without cookies or marks of a form."""
    address = reverse("inbound", args=[key or Account.objects.get().inbound_key])
    return client.post(address, list(rows), content_type="application/json")


def receipt(message: Message, code: str = "DELIVERED", **other: Any) -> dict[str, Any]:
    return {
        "phone_number": "13800008888", "send_time": "2026-01-01 12:00:00", "report_time": "2026-01-01 12:00:05",
        "success": code == "DELIVERED", "err_code": code, "err_msg": "", "sms_size": "1",
        "biz_id": message.provider_id, "out_id": mark_of(message.pk), **other,
    }  # fmt: skip


@pytest.fixture
def sent(sender: Sender, plan: Plan) -> Message:
    message = plan(reachable())
    sender.round()
    assert state_of(message)[0] == "sent"
    return message


def facts(name: str) -> int:
    return Accepted.objects.filter(name=name).count()


def test_a_receipt_says_delivered_once_however_often_it_comes(client: Client, sent: Message) -> None:
    for _ in range(2):
        assert push(client, receipt(sent)).json() == TAKEN
    assert state_of(sent) == ("sent", "") and sent.delivered_at is not None and facts("message_delivered") == 1


def test_a_failure_after_delivery_is_out_of_order_and_one_before_it_was_wrong(client: Client, sent: Message) -> None:
    push(client, receipt(sent, "UNDELIV"))
    assert state_of(sent) == ("bounced", own.FAILED)
    push(client, receipt(sent))
    assert state_of(sent) == ("sent", "") and sent.delivered_at is not None
    push(client, receipt(sent, "UNDELIV"))
    assert state_of(sent) == ("sent", "")


@pytest.mark.parametrize(
    ("code", "reason", "point", "granted"),
    [
        ("UNDELIV", own.FAILED, "ok", True),
        ("MK:0001", own.DEAD, "bounced", True),
        ("MBBLACK", own.BLACKLISTED, "ok", False),
    ],
)
def test_a_failure_is_the_messages_the_numbers_or_the_customers(
    client: Client, sent: Message, code: str, reason: str, point: str, granted: bool
) -> None:
    number = ContactPoint.objects.get(customer_id=sent.customer_id).pk
    push(client, receipt(sent, code, phone_number=_number(sent)))
    run_once()
    assert state_of(sent) == ("bounced", reason)
    assert ContactPoint.objects.get(pk=number).state == point
    assert Consent.objects.filter(customer=sent.customer_id, channel="sms").latest("id").granted is granted


def _number(message: Message) -> str:
    from zhiji.flow.profile import contacts

    return contacts.values([message.customer_id], "phone")[message.customer_id].removeprefix("+86")


def test_what_was_unknown_is_known_by_its_receipt(client: Client, sender: Sender, plan: Plan, running: Running) -> None:
    running.simulator.faults.append("taken and silent")
    message = plan(reachable())
    sender.round()
    assert state_of(message)[0] == "unknown" and facts("message_sent") == 0
    push(client, receipt(message))
    assert state_of(message) == ("sent", "") and message.delivered_at is not None
    assert (facts("message_sent"), facts("message_delivered")) == (1, 1)


def test_a_forged_receipt_and_a_wrong_address_change_nothing(client: Client, sent: Message) -> None:
    forged = [f"{sent.pk}-{'0' * 20}", str(sent.pk), "", f"{sent.pk + 1}-{mark_of(sent.pk).partition('-')[2]}"]
    for mark in forged:
        assert push(client, receipt(sent, "MK:0001", out_id=mark)).json() == TAKEN
    assert push(client, receipt(sent, "MK:0001"), key="nobodys").status_code == 404
    assert state_of(sent) == ("sent", "") and sent.delivered_at is None
    push(client, receipt(sent))
    assert state_of(sent) == ("sent", "") and sent.delivered_at is not None


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'["x"]', b"\xff\xfe"])
def test_what_is_not_in_the_form_is_refused(client: Client, account: None, body: bytes) -> None:
    address = reverse("inbound", args=[Account.objects.get().inbound_key])
    assert client.post(address, body, content_type="application/json").status_code == 400
    assert client.post(address, b"[]", content_type="application/json").json() == TAKEN


def test_a_push_of_more_than_a_push_holds_is_refused(
    client: Client, account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhiji.flow.deliver.channels.sms.inbound.MOST", 2)
    address = reverse("inbound", args=[Account.objects.get().inbound_key])
    assert client.post(address, b"[{},{},{}]", content_type="application/json").status_code == 400
    assert client.post(address, b"[{},{}]", content_type="application/json").json() == TAKEN


def answer(customer: Customer, content: str, sequence: str) -> dict[str, Any]:
    message = Message(customer=customer, customer_id=customer.pk)
    return {
        "phone_number": _number(message), "content": content, "send_time": "2026-01-01 12:00:00",
        "dest_code": "1069", "sequence_id": sequence,
    }  # fmt: skip


def allows(customer: Customer) -> bool:
    run_once()
    return Consent.objects.filter(customer=customer, channel="sms").latest("id").granted


@pytest.mark.parametrize(("words", "stops"), [
    ("R", True), ("t", True), ("TD", True), ("退订", True), (" 退订。 ", True), ("谢谢", False), ("Right", False),
])  # fmt: skip
def test_who_answers_with_the_words_gets_no_more_marketing(
    client: Client, account: None, words: str, stops: bool
) -> None:
    customer = reachable()
    assert push(client, answer(customer, words, "1")).json() == TAKEN
    assert allows(customer) is not stops


def test_the_same_answer_again_is_nothing_new(client: Client, account: None) -> None:
    from zhiji.flow.profile.actions import set_consent

    customer = reachable()
    push(client, answer(customer, "R", "77"))
    assert not allows(customer)
    set_consent(customer_ids=[customer.pk], channel="sms", granted=True, by=None, proof="shop")
    push(client, answer(customer, "R", "77"))
    assert allows(customer)
    push(client, answer(customer, "R", "78"))
    assert not allows(customer)
