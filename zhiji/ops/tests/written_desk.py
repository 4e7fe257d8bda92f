"""The desk that docs/CONTRIBUTING.md writes, off the page: as a folder of `zhiji/desks`, or an installed package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import zhiji

ZHIJI = Path(zhiji.__file__).parent
PAGE = ZHIJI.parent / "docs/CONTRIBUTING.md"
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAME, PACKAGE = "wishes", "zhiji_wishes"


def folder(place: Path) -> Path:
    """A copy of the house with one folder more. Returns what stands first on the path."""
    left_out = shutil.ignore_patterns("tests", "node_modules")
    shutil.copytree(ZHIJI, place / "zhiji", ignore=left_out)
    _write(place / "zhiji/desks")
    (place / "zhiji/desks" / NAME / "__init__.py").touch()
    made = python(place, "-m", "django", "makemigrations", NAME)
    assert made.returncode == 0, made.stderr
    return place


def package(house: Path, place: Path) -> Path:
    """The desk of that house in a package of its own, installed for ours. Returns where it is installed."""
    desk = house / "zhiji/desks" / NAME
    source, site = place / "source", place / "site"
    _write(source)
    shutil.rmtree(source / NAME)
    shutil.copytree(desk, source / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (source / PACKAGE).rglob("*.py"):
        file.write_text(file.read_text("utf-8").replace(f"zhiji.desks.{NAME}", PACKAGE), "utf-8")
    how = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--target", str(site)]
    made = subprocess.run(
        [sys.executable, "-m", "pip", "install", *how, str(source)], capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
    return site


def _write(place: Path) -> None:
    for name, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if name.startswith("fax/"):  # that is a channel
            continue
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")


def python(place: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in a house that stands at `place`; no database is asked."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env={**os.environ, **on(place), "DJANGO_SETTINGS_MODULE": "zhiji.config.stubs"},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
    )


def on(place: Path) -> dict[str, str]:
    """What makes a process load from there before anywhere else."""
    return {"PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}
