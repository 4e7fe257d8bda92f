"""The kernel's own jobs by the calendar."""

from procrastinate.contrib.django import app

from zhiji.kernel import clock, lake_tidying
from zhiji.kernel.claims import proof


@app.periodic(cron="*/10 * * * *")
@app.task(name="lake_tidy", queueing_lock="lake_tidy", lock="lake_tidy", pass_context=False)
def lake_tidy(timestamp: int) -> None:
    """Merge the lake's small files and delete what no reader needs."""
    lake_tidying.tidy(clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="jobs_again", queueing_lock="jobs_again", pass_context=False)
async def jobs_again(timestamp: int) -> None:
    """Let jobs begin again whose worker was killed: as long as they seem to run, they keep others like them out."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="leases_end", queueing_lock="leases_end", lock="leases_end", pass_context=False)
def leases_end(timestamp: int) -> None:
    """End leases on limited things whose time is over."""
    proof.end_lapsed(clock.now())
