"""The cast: a customer who may be written to, a template, a real mail server on a socket, a rule entry."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings

from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import DeliverySettings, Message, Template
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import Consent, Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

_numbers = count(1)
WORDING = Wording(
    "{{ customer.salutation }}，好久不见",
    '<p>{{ customer.greeting }}</p><p><a href="https://shop.example/new?a=1&amp;b=2">看看新品</a></p>',
    "{{ customer.greeting }}\n看看新品：https://shop.example/new?a=1&b=2",
)


@dataclass
class Post:
    """A mail server that keeps what it gets in memory, and says what `answers` wants for an address."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        waiting = self.answers.get(address)
        if waiting:
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos[0]))
        return "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    handler = Post()
    port = free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", f"smtp://127.0.0.1:{port}")
    yield handler
    server.stop()


@pytest.fixture
def house(db: None) -> DeliverySettings:
    """No quiet hours, so that tests may run at night."""
    row = queries.delivery_settings()
    row.quiet_from = row.quiet_until = time(3)
    row.save()
    return row


def make_customer(
    name: str = "王小明",
    *,
    gender: str = "male",
    email: str | None = "",
    consent: bool | None = True,
    owner: Any = None,
) -> Customer:
    customer = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=customer.pk).update(root_id=customer.pk)
    customer.refresh_from_db()
    Portrait.objects.create(customer=customer, name=name, gender=gender, owner=owner)
    if email is not None:
        address = email or f"customer{customer.pk}@mail.example"
        contacts.keep([contacts.NewContact(customer.pk, "email", address, clock.now())])
    if consent is not None:
        Consent.objects.create(customer=customer, channel="email", purpose="marketing", granted=consent)
    return customer


@pytest.fixture
def customer(house: DeliverySettings) -> Customer:
    return make_customer()


@pytest.fixture
def template(house: DeliverySettings) -> Template:
    return actions.save_template(by=None, key="care", name="关怀", purpose="marketing", wording=WORDING)


@pytest.fixture
def plan(template: Template) -> Callable[..., Message]:
    """Plan the template for a customer, once more each time."""

    def make(customer: Customer, template: Template = template) -> Message:
        key = f"test:{next(_numbers)}"
        return actions.plan(by=None, customer_id=customer.pk, template=template, send_key=key)

    return make


@pytest.fixture
def entry(customer: Customer) -> RuleEntry:
    rule = Rule.objects.create(key="rule", name="沉睡唤醒", trigger={}, steps=[])
    return RuleEntry.objects.create(
        rule=rule, version=1, customer=customer, occasion="once", entered_at=clock.now(), state="running"
    )


@pytest.fixture
def sender() -> Iterator[Sender]:
    one = Sender(EMAIL, "first")
    yield one
    one.close()


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def mail_trouble() -> str:
    """Why no mail goes out: "unset", else the server's words; "" when it does."""
    found = [one.said or "unset" for one in queries.troubles() if one.channel is EMAIL]
    return found[0] if found else ""
