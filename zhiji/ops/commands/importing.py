"""`zhiji import`: take in a file of customers, orders or facts."""

from pathlib import Path

import typer

from zhiji.ops.fitting import at_work
from zhiji.ops.house import Refused


def import_file(
    file: Path = typer.Argument(help="A CSV, Excel-exported CSV or Parquet file.", exists=True, dir_okay=False),
    mapping: Path = typer.Argument(help="A TOML file that says which column is what.", exists=True, dir_okay=False),
    by: str = typer.Option("", help="The user in whose name; by default the house itself."),
) -> None:
    """Take in a file. The same file with the same mapping goes on where it stopped, and changes nothing twice."""
    with at_work():
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        from zhiji.access.models import User
        from zhiji.flow.collect import files
        from zhiji.flow.collect.files.importing import Overtaken
        from zhiji.flow.collect.files.reading import UnreadableFile

        user = User.objects.filter(username=by).first()
        if by and user is None:
            raise Refused(f"nobody is called {by}")
        columns = (TextColumn(file.name), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.description}")) as bar:
            task = bar.add_task("", total=1.0)

            def show(now: files.Progress) -> None:
                bar.update(task, completed=now.share, description=f"{now.rows:,} rows, {now.failed:,} refused")

            try:
                done = files.run(file, mapping, show, by=user)
            except (files.BadMapping, UnreadableFile, Overtaken) as error:
                raise Refused(str(error)) from error
        older = f"{done.older:,} older than what is kept, " if done.older else ""
        typer.echo(
            f"{done.rows:,} rows: {done.taken:,} new, {done.known:,} known already, {older}{done.failed:,} refused;"
            f" {done.left_out:,} values left out."
        )
        if done.failures_file:
            typer.echo(f"What didn't go in, with the reasons: {done.failures_file}. Mend it and import that file.")
        if done.reason:
            raise Refused(f"stopped: {done.reason}")
