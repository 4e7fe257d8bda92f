"""The first stage of the pipeline: every fact gets its customer, and what facts prove is merged."""

from zhiji.flow.resolve.actions import merged_fact
from zhiji.flow.resolve.identify import identify
from zhiji.flow.resolve.merging import PROVING, merge_proven
from zhiji.flow.resolve.queries import roots_of
from zhiji.kernel.facts import record
from zhiji.kernel.pipeline import RESOLVE, Batch, Stage


def run(batch: Batch) -> None:
    identify()
    laid = merge_proven() if not batch.names.isdisjoint(PROVING) else []
    if not laid:
        return
    record(merged_fact(redirect) for redirect in laid)
    customers = {one for redirect in laid for one in (redirect.loser_id, redirect.winner_id)}
    for customer, root in roots_of(customers).items():
        batch.touch(customer, "merge")
        batch.touch(root, "merge")


OFFERS = (Stage(RESOLVE, "resolve", run),)
