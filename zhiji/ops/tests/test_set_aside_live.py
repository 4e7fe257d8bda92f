"""One bad fact or one bad name blocks nothing, over the server and the workers that ship.

What makes a stage fail is put into the database, as a trigger that refuses what belongs to one user.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from zhiji.ops import fitting
from zhiji.ops.tests.installation import Doors, Installation, running, track, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
REFUSALS = {
    "resolve": ("resolve_identity", "NEW.key = 'user:bad-resolve'"),
    "orders": ("commerce_order", "NEW.external_id = 'bad-orders'"),
    "log": ("kernel_fact", "NEW.properties->>'mark' = 'bad-log'"),
    "profile": ("profile_portrait", "NEW.city = 'refused city'"),
    "classify": ("profile_measures", "NEW.amount_ever = 77777.77"),
}


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Installation, Doors, "psycopg.Connection[Any]"]]:
    with running("zhiji-aside-") as (installation, doors):
        address = fitting.bare((installation.home / "postgres.url").read_text().strip())
        with psycopg.connect(address, autocommit=True) as database:
            yield installation, doors, database


@contextmanager
def refused(database: "psycopg.Connection[Any]", table: str, when: str) -> Iterator[None]:
    """The database refuses rows of a table."""
    database.execute(
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'refused by the test'; END $$"
    )
    database.execute(
        f"CREATE TRIGGER refused BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({when})"
        " EXECUTE FUNCTION refuse()"
    )
    try:
        yield
    finally:
        database.execute(f"DROP TRIGGER refused ON {table}")


def bad(stage: str) -> list[dict[str, Any]]:
    """The events that this stage can't take, of a customer who also does what it can."""
    user = f"bad-{stage}"
    if stage in ("orders", "classify"):
        total = 77777.77 if stage == "classify" else 5
        return [track("Order Completed", user, order_id=user, total=total, mark=user)]
    if stage == "profile":
        return [{"type": "identify", "userId": user, "traits": {"city": "refused city"}}]
    return [track("visited", user, mark=user)]


def marks(database: "psycopg.Connection[Any]") -> set[str]:
    rows = database.execute("SELECT DISTINCT properties->>'mark' FROM kernel_fact").fetchall()
    return {mark for (mark,) in rows if mark}


def aside(doors: Doors) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = doors.ask("GET", "/set-aside")["rows"]
    return rows


def ready(house: Installation) -> dict[str, Any]:
    answer = httpx.get(f"{house.url}/readyz", timeout=10, trust_env=False)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("stage", REFUSALS)
def test_a_fact_that_a_stage_cannot_take_keeps_no_other_back(stage: str, house: Any) -> None:
    installation, doors, database = house
    good = [f"{stage}-good-{n}" for n in range(6)]
    with refused(database, *REFUSALS[stage]):
        doors.send(*(track("visited", one, mark=one) for one in good[:3]), *bad(stage))
        doors.send(*(track("visited", one, mark=one) for one in good[3:]))
        if stage != "resolve":
            doors.send(track("visited", f"bad-{stage}", mark=f"{stage}-later"))  # of the same customer
            good.append(f"{stage}-later")
        wait_for(lambda: set(good) <= marks(database), seconds=30)
        wait_for(lambda: len(aside(doors)) == 1, seconds=30)
        (row,) = aside(doors)
        assert (row["stage"], row["logged"]) == (stage, stage == "classify") and "refused by the test" in row["detail"]
        assert "pipeline" in ready(installation)["degraded"]
        assert doors.ask("GET", "/status")["parts"]["facts_set_aside"] == 1
        assert "处理时出错" in doors.pages.get("/alarms/").text
        page = doors.pages.get("/quarantine/aside/").text
        assert "refused by the test" in page and "这一步出错" in page
        if stage == "log":
            assert "set aside since" in installation.command("doctor").stdout
    assert doors.ask("POST", "/set-aside/retry", {"ids": [row["id"]]})["count"] == 1
    wait_for(lambda: not aside(doors), seconds=30)
    assert "pipeline" not in ready(installation)["degraded"]
    if stage != "profile":
        assert f"bad-{stage}" in marks(database)


def test_killed_in_the_middle_every_good_fact_arrives_and_every_bad_one_is_kept(house: Any) -> None:
    installation, doors, database = house
    with refused(database, "kernel_fact", "NEW.properties->>'bad' = 'true'"):
        for round_ in range(6):
            doors.send(*(track("visited", "u", mark=f"kill-{round_}-{n}", bad=n == 7 or None) for n in range(20)))
            for process in installation.called("worker"):
                process.kill()
        expected = {f"kill-{round_}-{n}" for round_ in range(6) for n in range(20) if n != 7}
        wait_for(lambda: expected <= marks(database), seconds=60)
        wait_for(lambda: len(aside(doors)) == 6, seconds=30)
        ids = [row["id"] for row in aside(doors)]
        assert doors.ask("POST", "/set-aside/drop", {"ids": ids})["count"] == 6
        assert not aside(doors) and not {f"kill-{round_}-7" for round_ in range(6)} & marks(database)
    told = database.execute("SELECT count(*) FROM access_auditline WHERE verb = 'set-aside fact dropped'").fetchone()
    assert told == (6,)


def test_a_fact_name_that_the_lake_cannot_be_given_is_said_and_comes_back(house: Any) -> None:
    installation, doors, database = house
    place = Path(installation.home) / "lake" / "facts" / "name=blocked"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way")
    doors.send(track("blocked", "u1"), track("free", "u1"), track("blocked", "u2"))

    def lanes() -> list[str]:
        return [name for (name,) in database.execute("SELECT name FROM kernel_lane WHERE tries > 0").fetchall()]

    wait_for(lambda: lanes() == ["blocked"], seconds=60)
    wait_for(lambda: any((place.parent / "name=free").glob("*.parquet")), seconds=10)
    database.execute("UPDATE kernel_lane SET since = since - interval '2 minutes'")
    assert list(ready(installation)["lake"]["behind"]) == ["blocked"] and "lake" in ready(installation)["degraded"]
    assert list(doors.ask("GET", "/status")["parts"]["lake_behind"]) == ["blocked"]
    assert "can't be given blocked" in installation.command("doctor").stdout
    blocked = {"kind": "behaviour", "fact": "blocked", "measure": "count", "window": None, "op": "ge", "value": 1}
    doors.ask("POST", "/segments", {"key": "blocked", "name": "blocked", "condition": blocked})
    _has(doors, 2)
    place.unlink()
    doors.post("/quarantine/aside/", to="/quarantine/aside/settlement/", verb="lanes")
    wait_for(lambda: not lanes() and any(place.glob("*.parquet")), seconds=30)
    assert "lake" not in ready(installation)["degraded"]
    doors.send(track("blocked", "u3"))
    _has(doors, 3)


def _has(doors: Doors, size: int) -> None:
    found: Callable[[], bool] = lambda: doors.ask("GET", "/segments/blocked")["size"] == size  # noqa: E731
    wait_for(found, seconds=60)
