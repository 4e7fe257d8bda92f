"""The cast: an account with the simulator, an approved text, a customer with a phone who may be written to."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from itertools import count
from typing import Any

import pytest

from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.account_actions import set_account
from zhiji.flow.deliver.channels.sms.channel import SMS
from zhiji.flow.deliver.channels.sms.simulator.rules import Account, Template
from zhiji.flow.deliver.channels.sms.simulator.server import Running, Simulator
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import make_customer
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import Consent
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

_numbers = count(10_000)
SIGN, CODE, KEY = "知己小店", "SMS_3", ("LTAI-test", "secret")
TEXT = "${name}，会员周到了。拒收请回复R"
WORDING = Wording("", "", TEXT, {"name": "{{ customer.name }}"}, {"sign": SIGN, "code": CODE})


@pytest.fixture
def house(db: None) -> DeliverySettings:
    """No quiet hours of ours, and noon for the channel's own."""
    row = queries.delivery_settings()
    row.quiet_from = row.quiet_until = time(3)
    row.cap_per_day = row.cap_per_week = 100
    row.save()
    return row


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The gate's clock stands at noon, as text messages go out by day only."""
    noon = datetime.combine(clock.day_of(clock.now()), time(12), tzinfo=clock.zone())
    monkeypatch.setattr(clock, "now", lambda: noon)
    return noon


@pytest.fixture
def running() -> Iterator[Running]:
    simulator = Simulator(now=lambda: clock.now())
    account = simulator.open(Account(*KEY, signs={SIGN: frozenset({"notice", "marketing"})}))
    account.approve(Template(CODE, TEXT, "marketing"))
    with Running(simulator) as one:
        yield one


@pytest.fixture
def account(house: DeliverySettings, running: Running) -> None:
    given = {"key_id": KEY[0], "key_secret": KEY[1], "endpoint": running.url}
    set_account(by=None, channel=SMS, mode="simulator", given=given)


@pytest.fixture
def template(house: DeliverySettings) -> Any:
    return actions.save_template(
        by=None, key="week", name="会员周", purpose="marketing", channel="sms", wording=WORDING
    )


@pytest.fixture
def plan(template: Any) -> Callable[..., Message]:
    def make(customer: Customer) -> Message:
        return actions.plan(by=None, customer_id=customer.pk, template=template, send_key=f"sms:{next(_numbers)}")

    return make


@pytest.fixture
def sender(account: None, at_noon: datetime) -> Iterator[Sender]:
    one = Sender(SMS, "first")
    yield one
    one.close()


def reachable(ends: str = "", *, consent: bool | None = True, number: str = "") -> Customer:
    """A customer with a mobile number that ends so, who said yes to text messages."""
    customer = make_customer("王小明", email=None, consent=None)
    phone = number or f"+86138{customer.pk % 10_000:04d}{ends or '8888'}"
    contacts.keep([contacts.NewContact(customer.pk, "phone", phone, clock.now())])
    if consent is not None:
        Consent.objects.create(customer=customer, channel="sms", purpose="marketing", granted=consent)
    return customer
