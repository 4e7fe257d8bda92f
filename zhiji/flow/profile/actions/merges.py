"""Merge and part customers, their portraits with them at once."""

from django.db import transaction

from zhiji.access.models import User
from zhiji.flow.profile import portrait_store
from zhiji.flow.profile.actions.edits import targets
from zhiji.flow.resolve import actions as resolve
from zhiji.flow.resolve.models import Redirect
from zhiji.flow.resolve.queries import root_of
from zhiji.kernel import clock


@transaction.atomic
def merge_customers(*, loser: int, winner: int, by: User | None, proof: str = "") -> Redirect:
    """Make customer `loser` one with `winner`. Raises Forbidden, resolve.actions.AlreadyOne, Customer.DoesNotExist."""
    resolve.wait_for_batch()
    targets((loser, winner), by)
    redirect = resolve.merge(loser=loser, winner=winner, by=by, proof=proof)
    portrait_store.recompute([root_of(winner) or winner], clock.now())
    return redirect


@transaction.atomic
def unmerge_customers(*, redirect: Redirect, by: User | None) -> tuple[int, int]:
    """Lift a redirect. Returns the roots of its two customers now. Raises Forbidden, Redirect.DoesNotExist."""
    resolve.wait_for_batch()
    targets((redirect.loser_id,), by)
    parted = resolve.unmerge(redirect=redirect, by=by)
    portrait_store.recompute(parted, clock.now())
    return parted
