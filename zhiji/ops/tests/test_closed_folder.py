"""Nothing in the data folder is for other users of the machine."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from zhiji.config.options import load
from zhiji.ops import closed_folder, system_user
from zhiji.ops.checkup import examine
from zhiji.ops.house import open_house


def modes(folder: Path) -> set[str]:
    """The modes of all there is, the database's own folder apart."""
    found = [one for one in folder.rglob("*") if closed_folder.DATABASE not in one.relative_to(folder).parts]
    return {f"{'folder' if one.is_dir() else 'file'} {stat.S_IMODE(one.stat().st_mode):o}" for one in found}


@pytest.fixture
def open_wide(tmp_path: Path) -> Path:
    """A data folder as it was made under the usual umask."""
    home = tmp_path / "home"
    (home / "lake/facts/name=page_viewed").mkdir(parents=True)
    (home / "lake/facts/name=page_viewed/part.parquet").write_text("")
    (home / "zhiji.toml").write_text("port = 8001\n")
    for one in (home, *home.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)
    return home


def test_a_start_closes_what_was_open(open_wide: Path) -> None:
    options = load({"ZHIJI_HOME": str(open_wide)})
    assert next(one for one in examine(options) if one.subject == "closed to others").state == "warn"
    open_house(options)
    assert stat.S_IMODE(open_wide.stat().st_mode) == 0o700
    assert modes(open_wide) == {"folder 700", "file 600"}
    assert next(one for one in examine(options) if one.subject == "closed to others").state == "ok"


def test_what_somebody_copied_in_later_is_closed_at_the_next_start(open_wide: Path) -> None:
    open_house(load({"ZHIJI_HOME": str(open_wide)}))
    (open_wide / "zhiji.toml").chmod(0o644)
    open_house(load({"ZHIJI_HOME": str(open_wide)}))
    assert stat.S_IMODE((open_wide / "zhiji.toml").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root shares its folder with the database's user")
def test_of_roots_folder_the_databases_user_may_pass_and_nobody_else(open_wide: Path) -> None:
    owner = system_user.needed()
    assert owner is not None
    for one in open_wide.parents:
        system_user.let_pass(owner, one)
    system_user.let_pass_home(owner, open_wide)
    closed_folder.close(open_wide)
    assert stat.S_IMODE(open_wide.stat().st_mode) == 0o710
    for user, may in ((owner, True), ("nobody", False)):
        entry = pwd.getpwnam(user)
        done = subprocess.run(["test", "-x", str(open_wide)], user=user, group=entry.pw_gid, extra_groups=[], cwd="/")
        assert (done.returncode == 0) is may
