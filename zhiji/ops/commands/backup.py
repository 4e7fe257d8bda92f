"""`zhiji backup` and `zhiji restore`."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from zhiji.config.options import Options, load
from zhiji.ops.fitting import at_work
from zhiji.ops.house import Refused

if TYPE_CHECKING:
    from zhiji.ops.backup.repository import Repository

BACK = (
    "The tables are now brought up to date. To go back: with the version you had before, into a new ZHIJI_HOME,"
    " `zhiji restore --from {place} --at {name} --master-key FILE`."
)
APART = "Keep the master key apart from it ({key}): without that key nobody can restore it, with it anybody can."


def backup(
    to: str = typer.Option("", help="Folder or s3://bucket/path; ZHIJI_BACKUP_URL by default."),
    listed: bool = typer.Option(False, "--list", help="Say which there are, and take none."),
    going_on: bool = typer.Option(False, hidden=True, help="An update follows: say how to go back."),
) -> None:
    """Back up the database, the lake, the files and the settings, encrypted, while everything goes on working."""
    from zhiji.ops.backup.repository import BackupRefused

    with at_work() as options:
        from zhiji.ops.backup.keeping import Rule
        from zhiji.ops.backup.taking import back_up

        place = to or place_of(options)
        try:
            if listed:
                for name in _repository(place, _master(options)).names():
                    typer.echo(name)
                return
            made = back_up(place, Rule.parse(options.backup_keep), say=_say)
        except BackupRefused as error:
            raise Refused(str(error)) from error
        size = f"{made.written / 2**20:.1f} MiB new"
        typer.echo(f"\nBack-up {made.name} at {place}: {made.rows} rows, {size}, {made.seconds} s.")
        if going_on:
            typer.echo(BACK.format(place=place, name=made.name))
        typer.echo(APART.format(key="ZHIJI_MASTER_KEY" if options.master_key else options.home / "master_key"))


def restore(
    source: str = typer.Option(..., "--from", help="Folder or s3://bucket/path of the back-ups."),
    at: str = typer.Option("", help="Name of the back-up, as `zhiji backup --list` says; the newest by default."),
    master_key: Path | None = typer.Option(None, help="File with the master key of the backed up installation."),
) -> None:
    """Restore a back-up into the empty ZHIJI_HOME. A restore that was broken off is begun anew by the same command."""
    from zhiji.ops.backup.repository import BackupRefused
    from zhiji.ops.backup.restoring import begin

    options = load()
    try:
        begin(options.home)
        key = _bring_key(options, master_key)
        repository = _repository(source, key)
        names = repository.names()
        name = at or (names[-1] if names else "")
        if name not in names:
            raise BackupRefused(f"no back-up {name} at {source}; there are {', '.join(names) or 'none'}")
        _restore(options, repository, name)
    except BackupRefused as error:
        raise Refused(str(error)) from error


def place_of(options: Options) -> str:
    """Where back-ups go when nobody says: the setting, else the data folder itself."""
    return str(options.backup_url or options.home / "backups")


def _restore(options: Options, repository: "Repository", name: str) -> None:
    with at_work(options, restoring=True):
        from zhiji.ops.backup.restoring import restore as bring_back

        made = bring_back(repository, name, options.home, say=_say)
    typer.echo(f"\nRestored {name} (Zhiji {made.version}): {made.rows} rows. Start it by `zhiji up`.")
    if made.settings:
        typer.echo("These were set in the environment there: " + ", ".join(sorted(made.settings)))


def _bring_key(options: Options, file: Path | None) -> bytes:
    """The master key: that of the file, which is put in its place, else the given or kept one."""
    kept = options.home / "master_key"
    if file is not None:
        text = file.read_text("ascii").strip()
        options.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(text + "\n", "ascii")
    elif not options.master_key and not kept.exists():
        raise Refused("restoring needs the master key of the backed up installation: give it by --master-key FILE")
    return _master(options)


def _master(options: Options) -> bytes:
    text = options.master_key or (options.home / "master_key").read_text("ascii").strip()
    return base64.b64decode(text)


def _repository(place: str, key: bytes) -> "Repository":
    from zhiji.ops.backup.repository import Repository

    return Repository(place, key)


def _say(what: str) -> None:
    typer.echo(f"\r\033[K{what} …", nl=False, err=True)
