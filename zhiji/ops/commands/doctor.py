"""`zhiji doctor`: what is wrong here, and what to do."""

import typer

from zhiji.config.options import load
from zhiji.ops.checkup import Finding, examine

MARKS = {"ok": "✓ ok  ", "warn": "! warn", "fail": "✗ FAIL"}
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor() -> None:
    """Check versions, ports, disk, database, clock, mail and worker. Exit code 1 if anything fails."""
    failed = False
    for finding in examine(load()):
        _show(finding)
        failed = failed or finding.state == "fail"
    raise typer.Exit(1 if failed else 0)


def _show(finding: Finding) -> None:
    mark = typer.style(MARKS[finding.state], fg=COLOURS[finding.state])
    typer.echo(f"{mark}  {finding.subject}: {finding.found}")
    if finding.advice:
        typer.echo(f"          → {finding.advice}")
