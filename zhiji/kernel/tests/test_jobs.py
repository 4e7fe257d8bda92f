"""Jobs of a worker that was killed are done by another."""

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from zhiji.kernel.jobs import jobs_again

pytestmark = pytest.mark.django_db(transaction=True)


def doing(name: str, seconds: int) -> int:
    """A job that a worker began, of which was last heard so long ago."""
    job = app.configure_task(name, lock=name).defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second')"
            " RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = w.id FROM w"
            " WHERE procrastinate_jobs.id = %s",
            [seconds, job],
        )
    return job


def state(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job])
        return str(cursor.fetchone()[0])


def test_a_job_whose_worker_was_killed_begins_again_and_one_at_work_does_not() -> None:
    killed, at_work = doing("lake_tidy", 120), doing("cut_points_daily", 1)
    working = app.with_connector(app.connector.get_worker_connector())

    async def run() -> None:
        async with working.open_async():
            with app.replace_connector(working.connector):
                await jobs_again(timestamp=0)

    asyncio.run(run())
    assert (state(killed), state(at_work)) == ("todo", "doing")
