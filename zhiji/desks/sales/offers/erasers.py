"""What sales forgets of an erased customer: names and words in tasks; that there were tasks stays."""

from collections.abc import Sequence

from zhiji.desks.sales.models import Task
from zhiji.flow.profile.actions.erasure import Eraser


def run(customer_ids: Sequence[int]) -> None:
    Task.objects.filter(customer_id__in=customer_ids).update(title="–", outcome="")


OFFERS = (Eraser("tasks", run),)
