"""Erasure is whole: after a life through every door, nothing of the person is found in any table or file.

Over the server, the workers and the mail server that ship. What is searched is whatever is there (see places.py), so
that a desk that comes later is searched without an edit.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhiji.ops.tests.erasure import life
from zhiji.ops.tests.erasure.places import found
from zhiji.ops.tests.installation import Doors, Installation, running, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
TIDY = """
import django; django.setup()
from zhiji.kernel import clock, lake, lake_tidying
lake.drain(); lake_tidying.KEEP_HOURS = 0; lake_tidying.tidy(clock.now())
"""
KEPT_IN = {  # where something of the person must be found before, so that finding nothing later says something
    "profile_portrait.name", "profile_searchkey.key", "resolve_identity.key", "kernel_fact.properties",
    "sales_task.title", "sales_task.outcome", "deliver_message.written", "deliver_receivedmail.raw",
    "access_auditline.detail", "records_savedview.query", "profile_past.was", "profile_tag.name",
    "deliver_message.links", "collect_quarantined.body", "imports", "imports/uploads", "exports", "lake/facts",
}  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Installation, Doors]]:
    with running("zhiji-erased-", ZHIJI_DEMO="true", ZHIJI_DEMO_SHOPPERS="false") as found:
        yield found


def tidied(home: Installation) -> None:
    """As the nightly tidying leaves the lake once nobody reads its former files."""
    environment = {**home.environment, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
    subprocess.run([sys.executable, "-c", TIDY], env=environment, check=True, timeout=120)


def test_nothing_of_an_erased_person_is_found_anywhere(house: tuple[Installation, Doors]) -> None:
    home, doors = house
    one = life.lived(doors)
    wait_for(lambda: any(Path(home.home / "exports").glob("*.csv")))
    tidied(home)
    before = found(home.home, life.VALUES)
    assert not KEPT_IN - before.keys()
    assert set.union(*before.values()) >= set(life.VALUES) - {life.SECOND_PHONE}

    doors.send({"type": "identify", "userId": life.NUMBER, "traits": {"name": life.NAME, "phone": life.PHONE}})
    doors.post(f"/customers/{one}/", to=f"/customers/{one}/erasure/")
    wait_for(lambda: "inbox" not in str(found(home.home, [life.NAME])))
    tidied(home)
    assert found(home.home, life.VALUES) == {}
    row = doors.ask("GET", f"/customers/{one}")
    assert row["name"] == "" and row["measures"]["amount_ever"] == "88.00"
