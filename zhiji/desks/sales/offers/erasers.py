"""What sales forgets of an erased customer: names and words in tasks; that there were tasks stays."""

from zhiji.access.erasing import emptied
from zhiji.desks.sales.models import Task

OFFERS = (emptied(Task, keeps=["kind", "due_on", "state", "open_key"], title="–", outcome=""),)
