"""Operations' own jobs by the calendar."""

from datetime import timedelta

from django.conf import settings
from procrastinate.contrib.django import app

from zhiji.kernel import clock
from zhiji.ops.backup.keeping import Rule
from zhiji.ops.backup.standing import last
from zhiji.ops.backup.taking import back_up


@app.periodic(cron="12 * * * *")
@app.task(name="back_up", queueing_lock="back_up", lock="back_up", pass_context=False)
def scheduled_back_up(timestamp: int) -> None:
    """Take a back-up when the last good one is as old as the settings say."""
    options = settings.OPTIONS
    if not options.backup_url:
        return
    good = last().good_at
    if good is None or clock.now() - good >= timedelta(hours=options.backup_hours) - timedelta(minutes=30):
        back_up(options.backup_url, Rule.parse(options.backup_keep))
