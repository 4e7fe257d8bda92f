"""Whether the tables may be behind the code, found without loading Django: it saves every start two seconds."""

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

LABEL = re.compile(r"""^\s+label\s*=\s*["'](\w+)["']""", re.MULTILINE)


def behind(address: str, apps: Sequence[str]) -> bool:
    """Whether a migration file of `apps` (as in INSTALLED_APPS) isn't among those the database has applied."""
    import psycopg

    with psycopg.connect(address.replace("&pool=0", ""), connect_timeout=10) as connection:
        there = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
        if there is None or there[0] is None:
            return True
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    return not set(written(apps)) <= applied


def made(address: str) -> bool:
    """Whether an installation's tables are there at all."""
    import psycopg

    with psycopg.connect(address.replace("&pool=0", ""), connect_timeout=10) as connection:
        there = connection.execute("SELECT to_regclass('kernel_fact')").fetchone()
        return there is not None and there[0] is not None


def written(apps: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(label, name) of every migration file."""
    for app in apps:
        top, *rest = app.split(".")
        spec = find_spec(top)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(spec.submodule_search_locations[0], *rest)
        about = folder / "apps.py"
        label = LABEL.search(about.read_text("utf-8")) if about.exists() else None
        for file in (folder / "migrations").glob("[!_]*.py"):
            yield label.group(1) if label else app.rpartition(".")[2], file.stem
