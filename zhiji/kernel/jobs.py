"""The kernel's own jobs by the calendar."""

from procrastinate.contrib.django import app

from zhiji.kernel import clock, lake


@app.periodic(cron="*/10 * * * *")
@app.task(name="lake_tidy", queueing_lock="lake_tidy", lock="lake_tidy", pass_context=False)
def lake_tidy(timestamp: int) -> None:
    """Merge the lake's small files and delete what no reader needs."""
    lake.tidy(clock.now())
