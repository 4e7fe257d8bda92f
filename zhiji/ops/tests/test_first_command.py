"""Which Python the Makefile takes, on machines that have one under one name only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
MAKE = shutil.which("make")
INTERPRETER = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"

pytestmark = pytest.mark.skipif(MAKE is None or not INTERPRETER.exists(), reason="needs make")


def make(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What make says where nothing but `path` and the shell is to be found."""
    for tool in ("find", "sh", "mkdir", "touch", "echo", "test"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    surroundings = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(
        [str(MAKE), "--no-print-directory", "-C", str(PROJECT), *arguments],
        capture_output=True,
        text=True,
        env=surroundings | {"PATH": str(path)},
    )


def called(path: Path, name: str) -> Path:
    """An interpreter of that name on the path."""
    found = path / name
    found.write_text(f'#!/bin/sh\nexec "{INTERPRETER}" "$@"\n')
    found.chmod(0o755)
    return found


@pytest.mark.parametrize("name", ["python3", "python3.12", "python3.14", "python"])
def test_the_only_python_there_is_is_taken(tmp_path: Path, name: str) -> None:
    only = called(tmp_path, name)
    said = make(tmp_path, "--eval", "chosen: ; @echo $(PYTHON)", "chosen")
    assert (said.stdout.strip(), said.stderr) == (str(only), "")


def test_without_a_python_make_says_what_to_install(tmp_path: Path) -> None:
    said = make(tmp_path, "setup", "VENV=/nowhere/.venv")
    assert said.returncode == 2
    assert "No fitting Python: install Python 3.11 or newer" in said.stdout
