"""A customer's page and explanation ask the database as often for very much that happened as for little."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhiji.access.models import User
from zhiji.flow.segment import actions
from zhiji.flow.segment.tests.shop import CLASSES, bought
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
LATELY = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 2, "window": {"last": 30, "unit": "days"}}
WHERE = [{"property": "amount", "op": "ge", "value": 50}]


@pytest.fixture
def statements(mona: User, signed_in: Callable[[User], Client]) -> Callable[[str], int]:
    """How many statements a page takes, once everything that is kept is there."""
    browser = signed_in(mona)

    def asked(path: str) -> int:
        assert browser.get(path).status_code == 200
        with CaptureQueriesContext(connection) as found:
            browser.get(path)
        return len(found)

    return asked


@pytest.mark.parametrize(("page", "most"), [("/customers/{}/", 34), ("/explain/{}/?of=scheme:plan", 34)])
def test_of_five_hundred_facts_no_more_than_of_three(page: str, most: int, statements: Callable[[str], int]) -> None:
    found = bought({"林一": 3, "王二": 3})
    classes = [{**CLASSES[0], "condition": {"kind": "all", "of": [LATELY, {**LATELY, "where": WHERE}]}}, CLASSES[1]]
    actions.create_scheme(by=None, key="plan", name="方案", classes=classes)
    now = clock.now()
    record(
        NewFact(("order_paid", "page_viewed")[at % 2], now - timedelta(hours=7 * at), "t", f"f{at}", {"amount": at},
                customer_id=found["王二"])
        for at in range(500)
    )  # fmt: skip
    run_once()
    actions.build(now)
    few, many = (statements(page.format(found[name])) for name in ("林一", "王二"))
    assert few <= many <= min(few + 3, most)
