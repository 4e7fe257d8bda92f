"""`zhiji recount`: make the counts of limited things anew from what was claimed."""

import typer

from zhiji.ops.fitting import at_work
from zhiji.ops.lifeline import follow_parent


def recount() -> None:
    """Count anew what is out of coupons and other limited things. `zhiji doctor` says when that is needed."""
    follow_parent()
    with at_work():
        from zhiji.kernel.claims import proof

        found = proof.recount()
        for one in found:
            typer.echo(f"{one.thing}: counted {one.counted}, claimed {one.held}")
        typer.echo(f"{len(found)} counted anew" if found else "Nothing to do: each count is the sum of its claims.")
