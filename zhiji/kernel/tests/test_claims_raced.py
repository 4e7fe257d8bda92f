"""Crowds at limited things: none overshot, none lost, nobody hears of anything but a refusal.

RACE="32x200" is the whole of it, some minutes long; by default each case has a few rounds.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from zhiji.kernel.claims import Limit, claim
from zhiji.kernel.claims.proof import differences
from zhiji.kernel.models import Claim, Limited
from zhiji.kernel.tests.claims_raced import CASES, NOON, crowd

pytestmark = pytest.mark.django_db(transaction=True)
SIZE, ROUNDS = (int(number) for number in os.environ.get("RACE", "16x3").split("x"))
ROOT = Path(__file__).resolve().parents[3]


def out(thing: str) -> dict[str, int]:
    return dict(Limited.objects.filter(thing__startswith=thing).exclude(taken=0).values_list("thing", "taken"))


def raced(name: str, size: int, rounds: int) -> None:
    case = CASES[name]
    for number in range(rounds):
        thing = f"{name} {number}"
        assert crowd(case, thing, size) == []
        expected = case.ends(thing, size)
        found = out(thing)
        assert {key: found.get(key) for key in expected} == dict(expected), found
        assert expected or not found
    assert differences() == []


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_crowd_gets_what_there_is_and_no_more(name: str) -> None:
    raced(name, SIZE, ROUNDS)


@pytest.fixture
def a_pause_before_writing() -> Iterator[None]:
    """20 ms between what a claim has read and what it writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$;"
            " CREATE TRIGGER pause BEFORE INSERT ON kernel_claim FOR EACH STATEMENT EXECUTE FUNCTION pause()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER pause ON kernel_claim; DROP FUNCTION pause()")


@pytest.mark.parametrize("name", sorted(CASES))
def test_so_it_does_when_there_is_a_pause_between_looking_and_writing(name: str, a_pause_before_writing: None) -> None:
    raced(name, SIZE, max(1, ROUNDS // 10))


def test_the_same_reason_from_a_whole_crowd_takes_one() -> None:
    from zhiji.kernel.tests.claims_raced import Case

    case = Case(lambda thing, number: claim(f"{thing} order", Limit(thing, 5), as_of=NOON), lambda thing, crowd: {})
    assert crowd(case, "once", SIZE) == []
    assert out("once") == {"once": 1} and Claim.objects.count() == 1


KILLED = """
import django, sys, time
django.setup()
from datetime import UTC, datetime
from django.db import transaction
from zhiji.kernel.claims import Limit, claim
with transaction.atomic():
    claim("killed", Limit("last", 1), as_of=datetime(2026, 5, 1, 4, tzinfo=UTC))
    print("claimed", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_worker_was_claiming_is_there_for_the_next() -> None:
    given = connection.settings_dict
    address = f"postgresql:///{given['NAME']}?user={given['USER']}&host={quote(given['HOST'], safe='/')}&pool=0"
    told = {**os.environ, "ZHIJI_DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], env=told, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == "claimed\n"
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    assert claim("next", Limit("last", 1), as_of=NOON).new
    assert list(Claim.objects.values_list("reason", flat=True)) == ["next"] and differences() == []
