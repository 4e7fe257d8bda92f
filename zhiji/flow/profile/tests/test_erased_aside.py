"""What a stage couldn't take of a person goes when they are erased; what it couldn't take of others stays."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from zhiji.access.models import User
from zhiji.flow.profile.actions.erasure import erase_customer
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer, Identity
from zhiji.kernel import clock
from zhiji.kernel.models import SetAside

MAY = datetime(2026, 5, 3, tzinfo=UTC)


def put(name: str, **whose: object) -> None:
    trouble = {"stage": "profile", "detail": "x", "since": MAY, "tries": 1, "next_try": clock.now()}
    SetAside.objects.create(message_key=uuid4(), name=name, occurred_at=MAY, properties={}, **whose, **trouble)


@pytest.mark.django_db
def test_what_is_set_aside_of_a_person_goes_with_them(alice: User) -> None:
    one, other = (Customer.objects.create(pk=pk, root_id=pk) for pk in (9001, 9002))
    Portrait.objects.create(customer=one)
    Identity.objects.create(key="user:one", customer=one)
    Identity.objects.create(key="user:other", customer=other)
    put("by id", customer_id=one.pk)
    put("by identity", identity="user:one", sealed=b"\1")
    put("by the second identity", identity="anonymous:1", also="user:one")
    put("of another", identity="user:other", customer_id=other.pk)
    erase_customer(customer_id=one.pk, by=alice)
    assert list(SetAside.objects.values_list("name", flat=True)) == ["of another"]
