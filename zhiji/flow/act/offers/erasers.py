"""What is forgotten of a person in rules: what fired and what came of it. That they came in stays, for the effect."""

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

from zhiji.access.erasing import Eraser, Person, deleted, emptied, rows_of
from zhiji.flow.act.models import Anniversary, RuleEntry, StepRun

OCCASION = Concat(Value("erased:"), Cast("id", TextField()))
"""An occasion may be a birthday; each stays another."""


def _stop(person: Person) -> None:
    """Nothing more is done to them."""
    running = rows_of(RuleEntry, person.ids).filter(state=RuleEntry.State.RUNNING)
    running.update(state=RuleEntry.State.STOPPED)


OFFERS = (
    Eraser(_stop),
    emptied(RuleEntry, keeps=["state"], why={}, occasion=OCCASION),
    emptied(StepRun, keeps=["kind", "state"], detail={}),
    deleted(Anniversary),
)
