"""An edit and the pipeline may want the same customers in another order; then the edit is begun again."""

import threading
from typing import Any

import psycopg
import pytest
from django.db import connection

from zhiji.flow.profile.actions import add_tag
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import customer

pytestmark = pytest.mark.django_db(transaction=True)
TOUCH = "UPDATE profile_portrait SET last_seen_at = now() WHERE customer_id = %s"


def test_a_bulk_edit_that_is_broken_off_begins_again() -> None:
    first, second = sorted(customer(f"user:{number}").pk for number in (1, 2))
    with psycopg.connect(**_address()) as other:
        other.execute("SET deadlock_timeout = '1min'")  # so that the edit is the one to be broken off
        other.execute(TOUCH, [second])
        soon = threading.Timer(0.3, _touch_and_commit, (other, first))  # the edit has the first by then
        soon.start()
        assert add_tag(customer_ids=[first, second], tag="VIP", by=None) == [first, second]
        soon.join()
    assert tags_of([first, second]) == {first: ["VIP"], second: ["VIP"]}


def _touch_and_commit(other: psycopg.Connection[Any], first: int) -> None:
    other.execute(TOUCH, [first])
    other.commit()


def _address() -> dict[str, Any]:
    given = connection.settings_dict
    return {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "dbname": given["NAME"]}
