import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zhiji.config import keys
from zhiji.config.options import BadOption


def test_keys_are_made_once_and_kept_for_us_only(tmp_path: Path) -> None:
    first = keys.master_key(tmp_path, "")
    assert len(first) == 32 and keys.master_key(tmp_path, "") == first
    assert stat.S_IMODE((tmp_path / "master_key").stat().st_mode) == 0o600


def test_of_many_processes_that_make_a_key_at_once_one_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: keys.secret_key(tmp_path, ""), range(64)))
    assert len(made) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["secret_key"]


def test_a_damaged_key_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "master_key").write_text("c2hvcnQ=\n")
    with pytest.raises(BadOption, match="damaged: 5 bytes"):
        keys.master_key(tmp_path, "")
    assert (tmp_path / "master_key").read_text() == "c2hvcnQ=\n"
