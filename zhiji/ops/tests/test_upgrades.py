"""The data folder of each version comes up in this one, and says of its customers what it said then."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zhiji.ops import postgres
from zhiji.ops.tests.installation import Installation, temporary, wait_for
from zhiji.ops.tests.versions import keep

KEPT = sorted(Path(keep.__file__).parent.glob("*.tar.xz"))


@pytest.fixture(params=KEPT, ids=lambda path: path.name.removesuffix(".tar.xz"))
def former(request: pytest.FixtureRequest) -> Iterator[tuple[Installation, dict[str, Any]]]:
    """A former version's data folder, unpacked, and what that version said at its end; the clock stands there, too."""
    with temporary("zhiji-former-", ZHIJI_DEMO="true", ZHIJI_TEST_CLOCK="true") as house:
        with tarfile.open(request.param) as archive:
            archive.extractall(house.home, filter="data")
        address = postgres.start(house.home)
        load = [postgres.binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", "database.sql"]
        subprocess.run(load, cwd=house.home, check=True, stdout=subprocess.DEVNULL)
        postgres.stop(house.home)
        told = json.loads((house.home / "figures.json").read_text("utf-8"))
        back = datetime.now(UTC) - datetime.fromisoformat(told["at"]) - timedelta(seconds=30)
        (house.home / "clock").write_text(str(-back.total_seconds()))
        yield house, told


def test_a_former_versions_folder_comes_up_and_every_figure_is_as_it_was(
    former: tuple[Installation, dict[str, Any]],
) -> None:
    house, told = former
    house.up()
    token = told["token"]
    wait_for(lambda: keep.ask(house.url, "/api/status", token)["live"]["caught_up_to"] is not None)
    now = keep.figures(house.url, token)
    assert len(told["records"]) > keep.PEOPLE / 2 and any(told["segments"].values())
    for part in (one for one in told if one not in ("at", "token")):
        assert _common(now[part], told[part]) == told[part], part
    assert b"backed up" in house.said() or list((house.home / "backups").rglob("*"))


def _common(now: Any, then: Any) -> Any:
    """What is said now, without keys that came since."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: _common(now[key], then[key]) for key in then if key in now}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [_common(one, other) for one, other in zip(now, then, strict=True)]
    return now
