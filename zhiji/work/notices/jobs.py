"""What is done about notices by the calendar."""

from procrastinate.contrib.django import app

from zhiji.kernel import clock
from zhiji.work.notices import digests, telling


@app.periodic(cron="*/5 * * * *")
@app.task(name="notice_mails", queueing_lock="notice_mails", lock="notice_mails", pass_context=False)
def notice_mails(timestamp: int) -> None:
    """Mail what is unread to those whose hour has come."""
    digests.send_due(clock.now())


@app.periodic(cron="41 3 * * *")
@app.task(name="notices_tidy", queueing_lock="notices_tidy", lock="notices_tidy", pass_context=False)
def notices_tidy(timestamp: int) -> None:
    """Delete what was read long ago."""
    telling.tidy(clock.now())
    digests.tidy(clock.now(), telling.KEPT)
