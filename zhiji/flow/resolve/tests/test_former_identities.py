"""Identities kept in clear by former versions are found as they are kept now, and two of one person become one."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from zhiji.access.privacy import person_id
from zhiji.flow.resolve.models import Customer, Identity
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted
from zhiji.kernel.pipeline import run_once


def known(key: str) -> int:
    made = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=made.pk).update(root_id=made.pk)
    Identity.objects.create(key=key, customer=made)
    return made.pk


@pytest.mark.django_db(transaction=True)
def test_a_phone_or_address_that_was_an_identity_in_clear_is_one_no_more() -> None:
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes("resolve")
    executor.migrate([("resolve", "0002_roots")])
    try:
        file, tracked = known("user:13900027101"), known(f"user:{person_id('13900027101')}")
        mailed, other = known("household:Li@Example.com"), known("user:42")
        record([NewFact("page_viewed", clock.now(), "test", "1", identity="user:+86 139 0002 7102")])
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert Accepted.objects.earliest("id").identity == f"user:{person_id('13900027102')}"
    while run_once():
        pass
    roots = dict(Customer.objects.values_list("id", "root_id"))
    assert roots[file] == roots[tracked] == tracked
    keys = dict(Identity.objects.values_list("key", "customer_id"))
    assert keys[f"household:{person_id('li@example.com')}"] == mailed and keys["user:42"] == other
    assert not [key for key in keys if "13900027" in key or "@" in key]
