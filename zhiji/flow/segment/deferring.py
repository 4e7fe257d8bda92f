"""Hand work to the worker's jobs by name, in the caller's transaction."""

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def figure(kind: str, key: str, owner: int | None) -> None:
    """Let a worker compute a figure, unless it is asked for already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        name = f"segment_figure {kind} {key} {owner or ''}"
        app.configure_task("segment_figure", queueing_lock=name, lock=name).defer(kind=kind, key=key, owner=owner)


def export(export_id: int) -> None:
    """Let a worker write an asked export."""
    app.configure_task("member_export").defer(export_id=export_id)
