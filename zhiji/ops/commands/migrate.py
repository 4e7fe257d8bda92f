"""`zhiji migrate`: bring the database's tables up to date."""

import typer

from zhiji.ops.fitting import at_work
from zhiji.ops.lifeline import follow_parent


def migrate(
    quiet: bool = typer.Option(False, help="Say only what changes."),
) -> None:
    """Bring the database's tables up to date. `zhiji up` does it by itself."""
    follow_parent()
    with at_work():
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            if not quiet:
                typer.echo("Nothing to do: the tables are up to date.")
            return
        typer.echo(f"bringing the tables up to date: {len(plan)} steps")
        call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
