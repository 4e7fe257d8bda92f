"""Restore a back-up into an empty data folder and an empty database."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zhiji.ops.backup.repository import BackupRefused, Manifest, Repository
from zhiji.ops.house import RESTORING

BEGUN, FILLING = "begun\n", "filling\n"  # what the mark in the folder says
PLACES = re.compile(r"^\s*(database_url|lake_url|backup_url|home|port)\s*=", re.IGNORECASE)
MOVED = "# as it was where this was backed up; say so again if it still holds: "
Step = Callable[[str], None]


def begin(home: Path) -> None:
    """Mark the folder. Refuse one that holds an installation; one whose restore was broken off may be begun again."""
    if (home / RESTORING).exists():
        return
    found = {one.name for one in home.iterdir()} - {"master_key", "zhiji.lock"} if home.is_dir() else set()
    if found:
        raise BackupRefused(f"{home} isn't empty ({', '.join(sorted(found)[:3])} …); restore into a new ZHIJI_HOME")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / RESTORING).write_text(BEGUN, "utf-8")


def restore(source: Repository, name: str, home: Path, say: Step) -> Manifest:
    """Fill the tables, the lake and the folder from one back-up and bring them up to date.

    Whom later back-ups know as erased is erased again.

    Django is set up on the new database. Raises BackupRefused where something is there already, where this Zhiji is
    older than the back-up, and where a piece is missing or damaged; then nothing counts as restored.
    """
    from zhiji.ops.backup import folder, lake

    manifest = source.manifest(name)
    _clear(home)
    _rebuild(source, manifest, say)
    lake.load(manifest.lake, source, say)
    folder.load(home, manifest.files, source, say)
    _leave_places(home / "zhiji.toml")
    _bring_up_to_date(say)
    _erase_again(source)
    (home / RESTORING).unlink()
    return manifest


def _clear(home: Path) -> None:
    """Make sure of an empty database and lake: throw away what a broken-off restore left, refuse anything else."""
    from django.db import connection

    from zhiji.kernel import lake

    ours = (home / RESTORING).read_text("utf-8") == FILLING
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        filled = cursor.fetchone()[0] > 0
    if (filled or lake.table() is not None) and not ours:
        raise BackupRefused("the database or the lake isn't empty; give a new ZHIJI_DATABASE_URL and ZHIJI_LAKE_URL")
    (home / RESTORING).write_text(FILLING, "utf-8")
    if filled:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    if "://" not in lake.url():
        shutil.rmtree(lake.url(), ignore_errors=True)
    else:
        _empty(lake.url())


def _empty(url: str) -> None:
    import obstore

    from zhiji.kernel.object_store import opened

    store = opened(url)
    for batch in obstore.list(store):
        obstore.delete(store, [entry["path"] for entry in batch])


def _rebuild(source: Repository, manifest: Manifest, say: Step) -> None:
    """Tables as the recorded migrations make them, with the recorded rows."""
    from django.db import connection, transaction

    from zhiji.ops.backup import tables

    _migrate_to(manifest.migrations)
    filled = {**manifest.tables, **source.newest().tables}
    with transaction.atomic():
        connection.ensure_connection()
        raw: Any = connection.connection
        tables.load(raw, filled, source, say)
        tables.set_sequences(raw, manifest.sequences)
        found = tables.counts(raw, filled)
        wrong = [name for name, table in filled.items() if found[name] != table.rows]
        if wrong:
            raise BackupRefused(f"the back-up is damaged: rows are missing in {', '.join(wrong)}; restore another one")


def _migrate_to(recorded: dict[str, list[str]]) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    wanted = [(app, name) for app, names in recorded.items() for name in names]
    unknown = [f"{app}.{name}" for app, name in wanted if (app, name) not in executor.loader.graph.nodes]
    if unknown:
        raise BackupRefused(f"this Zhiji is older than the back-up: it doesn't know {unknown[0]}; use a newer one")
    known, graph = set(wanted), executor.loader.graph
    last = [
        one for one in wanted if not any(c.key in known and c.key[0] == one[0] for c in graph.node_map[one].children)
    ]
    executor.migrate(last)  # of earlier ones Django would go back to them


def _bring_up_to_date(say: Step) -> None:
    from django.core.management import call_command

    say("migrations")
    call_command("migrate", interactive=False, verbosity=0)


def _erase_again(source: Repository) -> None:
    """Whom later back-ups know as erased is erased here, too."""
    from zhiji.flow.profile.actions import erase_customer
    from zhiji.kernel.models import Fact

    known = set(Fact.objects.filter(name="customer_erased").values_list("customer_id", flat=True))
    for customer in source.newest().erased:
        if customer not in known:
            erase_customer(customer_id=customer, by=None)


def _leave_places(file: Path) -> None:
    """A copy isn't the original: what names its database, lake, folder or port is kept as a remark."""
    if file.exists():
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(MOVED + line if PLACES.match(line) else line for line in lines), "utf-8")
