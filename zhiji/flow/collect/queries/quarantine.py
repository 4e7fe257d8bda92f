"""Facts that couldn't be taken."""

from django.db.models import QuerySet

from zhiji.flow.collect.models import Quarantined

CAP = 10_000


def quarantined(state: str, source_key: str = "") -> QuerySet[Quarantined]:
    """Those in a state, with their source, optionally of one source."""
    found = Quarantined.objects.filter(state=state).select_related("source").defer("body")
    return found.filter(source__key=source_key) if source_key else found


def waiting_count() -> int:
    """How many wait to be mended, counted up to CAP."""
    return Quarantined.objects.filter(state=Quarantined.State.WAITING)[:CAP].count()
