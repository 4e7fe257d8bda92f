"""The cut points of each day, figures and exports that somebody asked for."""

from datetime import timedelta

from procrastinate.contrib.django import app

from zhiji.flow.segment import actions, export
from zhiji.flow.segment.figures import kept_figures
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark

DAY_MARK = "segment.cut_points"
HOUR = 3


@app.periodic(cron="*/10 * * * *")
@app.task(name="cut_points_daily", queueing_lock="cut_points_daily", lock="cut_points_daily", pass_context=False)
def cut_points_daily(timestamp: int) -> None:
    """Publish the cut points anew once a day, from 03:00 in the workspace's zone on."""
    now = clock.now()
    today = now.astimezone(clock.zone()).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    due = today if now >= today else today - timedelta(days=1)
    mark, _ = Watermark.objects.get_or_create(name=DAY_MARK, defaults={"at": now})
    if mark.at is None or mark.at < due:
        actions.publish_cut_points(by=None, as_of=now)
        Watermark.objects.filter(name=DAY_MARK).update(at=now)


@app.task(name="segment_figure", pass_context=False)
def segment_figure(kind: str, key: str, owner: int | None = None) -> None:
    """Compute a figure that takes too long for whoever looks."""
    kept_figures.compute(kind, key, clock.now(), owner)


@app.task(name="member_export", pass_context=False)
def member_export(export_id: int) -> None:
    """Write the file of an asked export."""
    export.write(export_id, clock.now())
