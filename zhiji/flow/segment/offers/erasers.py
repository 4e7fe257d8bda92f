"""What is forgotten of a person in segments: the values that decided, and files of members that name them."""

from zhiji.access.erasing import Eraser, Person, emptied
from zhiji.flow.segment import export
from zhiji.flow.segment.models import Ahead, MemberExport, SingleChange


def _exports(person: Person) -> None:
    """Every file that was written before: it may be of members among whom they were. It can be asked for again."""
    for asked in MemberExport.objects.all():
        export.file_of(asked).unlink(missing_ok=True)
    MemberExport.objects.exclude(finished_at=None).delete()


OFFERS = (
    emptied(SingleChange, keeps=["cause", "facts"], why=[]),
    emptied(Ahead, keeps=["fact"]),
    Eraser(_exports),
)
