"""What sets a rule off. A trigger is a tagged struct: JSON in, candidates and a sentence out.

A new kind is a new struct in this union; it answers `candidates(moment)`, `check(names)` and `sentence(names)`.
"""

from typing import Any

import msgspec

from zhiji.flow.act.triggers.absence import Absence
from zhiji.flow.act.triggers.day import Day
from zhiji.flow.act.triggers.membership import ClassEntered, ClassLeft, SegmentEntered, SegmentLeft
from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.occurrence import FactOccurred
from zhiji.flow.act.triggers.wording import Names, names
from zhiji.kernel import misshapen

Trigger = ClassEntered | ClassLeft | SegmentEntered | SegmentLeft | FactOccurred | Absence | Day
_learnt = msgspec.json.Decoder(Trigger)  # here, not at first use, where another thread could meet kinds half learnt

__all__ = ["Absence", "Candidate", "Day", "FactOccurred", "Moment", "Names", "Trigger", "names", "parse"]


def parse(tree: Any) -> Trigger:
    """The trigger of its JSON tree. Raises ValueError naming what is wrong and where."""
    try:
        trigger: Trigger = msgspec.convert(tree, Trigger)
    except msgspec.ValidationError as error:
        raise ValueError(misshapen.words(str(error))) from None
    return trigger
