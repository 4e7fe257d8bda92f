"""Parts of the house that go on without something: facts set aside, fact names the lake can't be given, a full disk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from zhiji.kernel import clock
from zhiji.kernel.models import Lane, SetAside

LONG = timedelta(minutes=1)  # that a fact name may be behind in the lake before it is said
CAP = 10_000


@dataclass(frozen=True)
class Parts:
    """`aside` facts (counted up to CAP) since `aside_since`; `lanes` that are behind, with since when."""

    aside: int
    aside_since: datetime | None
    lanes: dict[str, datetime]


def parts() -> Parts:
    """What is set aside now, and which fact names the lake has lacked for more than a minute."""
    count = SetAside.objects.all()[:CAP].count()
    since = SetAside.objects.aggregate(since=Min("since"))["since"] if count else None
    behind = Lane.objects.filter(since__lt=clock.now() - LONG).order_by("since")
    return Parts(count, since, dict(behind.values_list("name", "since")[:100]))
