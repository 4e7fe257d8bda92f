"""The first stage of the pipeline: every fact gets its customer, and what facts prove is merged."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.resolve.actions import merged_fact
from zhiji.flow.resolve.identify import identify
from zhiji.flow.resolve.merging import PROVING, merge_proven
from zhiji.kernel.pipeline import RESOLVE, Batch, Stage


def run(batch: Batch) -> None:
    identify(batch)
    if not batch.names.isdisjoint(PROVING) and (laid := merge_proven()):
        batch.add(merged_fact(redirect) for redirect in laid)


OFFERS = (Stage(RESOLVE, "resolve", run, label=_("认出客户")),)
