"""Who meets at the lock of back-ups."""

from pathlib import Path
from typing import Any

from django.conf import settings

from zhiji.config.tests.races.racing import Race
from zhiji.kernel.alone import alone
from zhiji.ops.backup.keeping import Rule
from zhiji.ops.backup.taking import LOCK, BackupRefused, back_up


def two_back_up() -> Race:
    """The second says so and takes nothing."""
    place = Path(settings.HOME) / "raced-backups"

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, BackupRefused), second
        assert not place.exists() or not list(place.rglob("*.json"))

    return Race(lambda: alone(LOCK), lambda: back_up(str(place), Rule()), then, passes=True)


RACES = {"zhiji/ops/backup/taking.py:back_up": two_back_up}
