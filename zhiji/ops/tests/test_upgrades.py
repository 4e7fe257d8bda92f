"""The data folder of each version comes up in this one, and says of its customers what it said then."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhiji.ops import postgres
from zhiji.ops.tests.installation import Installation, temporary, wait_for
from zhiji.ops.tests.versions import keep

pytestmark = pytest.mark.long
CHANGED = ("/masked",)
"""What is said otherwise on purpose: masks hide something of every value since 0.3.0."""
KEPT = sorted(Path(keep.__file__).parent.glob("*.tar.xz"))


@pytest.fixture(params=KEPT, ids=lambda path: path.name.removesuffix(".tar.xz"))
def former(request: pytest.FixtureRequest) -> Iterator[tuple[Installation, dict[str, Any]]]:
    """A former version's data folder, unpacked, and what that version said at its end; the clock stands there, too."""
    with temporary("zhiji-former-", empty=True, ZHIJI_DEMO="true", ZHIJI_TEST_CLOCK="true") as house:
        with tarfile.open(request.param) as archive:
            archive.extractall(house.home, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
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
    differing = list(_differences(now, told, ""))
    assert not differing, "\n".join(differing)


def _differences(now: Any, then: Any, path: str) -> Iterator[str]:
    """Where what is said differs from what was said; keys that came since are no difference."""
    if isinstance(now, dict) and isinstance(then, dict):
        for key in then:
            if path or key not in ("at", "token"):
                yield from _differences(now.get(key, "nothing"), then[key], f"{path}/{key}")
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for place, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from _differences(one, other, f"{path}/{place}")
    elif not _same(now, then) and not path.endswith(CHANGED):
        yield f"{path}: {then!r} is {now!r} now"


def _same(now: Any, then: Any) -> bool:
    """Money was a number in JSON until 0.2.0, and is a text since."""
    if isinstance(now, str) and isinstance(then, float):
        return Decimal(now) == Decimal(str(then))
    return bool(now == then)
