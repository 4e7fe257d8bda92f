"""`zhiji worker`: what runs without being asked."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from zhiji.ops.fitting import fit_or_end
from zhiji.ops.house import Refused, address_of, open_house, set_up_django
from zhiji.ops.lifeline import VARIABLE, follow_parent

if TYPE_CHECKING:
    from zhiji.kernel.loops import Loop

JOBS = "jobs"
SHARES = {"pipeline": ("--only", "pipeline"), "worker": ("--but", "pipeline")}  # nothing keeps the pipeline waiting
HELPER = ("--but", "pipeline")  # what helps a worker that does everything
POLL = 20.0  # seconds between two looks for jobs; one that is put in now says so itself
BEHIND = 5  # niceness of what shares the machine with a pipeline of its own
SWITCH = 0.0005  # seconds a thread may keep the others waiting, where the pipeline shares its process with all loops


def worker(
    only: list[str] = typer.Option([], help=f"Only these loops; `{JOBS}` stands for the job queue."),
    but: list[str] = typer.Option([], help="All but these: another worker has them."),
) -> None:
    """Run the pipeline and all other loops, and the jobs that people or the calendar ask for."""
    options = open_house()
    follow_parent()
    fit_or_end(options, address_of(options))
    set_up_django()
    from zhiji.kernel.loops import Loop
    from zhiji.kernel.memory import keep_what_is_loaded
    from zhiji.kernel.pipeline import stages
    from zhiji.kernel.registry import offered

    loops = chosen(offered(Loop), only, but)
    if unknown := {*only, *but} - {loop.name for loop in offered(Loop) if not loop.beside} - {JOBS}:
        names = ", ".join([*(loop.name for loop in offered(Loop) if not loop.beside), JOBS])
        raise Refused(f"no loop is called {', '.join(sorted(unknown))}; there are {names}")
    stages()  # loads them
    keep_what_is_loaded()
    sys.setswitchinterval(SWITCH)
    if "pipeline" in but:
        os.nice(BEHIND)
    asyncio.run(_run(loops, jobs=(not only or JOBS in only) and JOBS not in but))


def chosen(loops: "Sequence[Loop]", only: Sequence[str], but: Sequence[str]) -> "list[Loop]":
    """Those asked for, and those beside them; without `only` all, but those that are excepted."""
    return [loop for loop in loops if (not only or loop.among(only)) and not loop.among(but)]


async def _run(loops: "list[Loop]", jobs: bool) -> None:
    """Loops in threads, jobs in this one, until SIGTERM or SIGINT; then each ends its round."""
    from zhiji.kernel.help import Help
    from zhiji.kernel.loops import run_loops

    help = Help(ask_for_help if os.environ.get(VARIABLE) == "1" else None)
    stop, asked = threading.Event(), asyncio.Event()

    def ask() -> None:
        stop.set()
        asked.set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ask)
    loop.add_signal_handler(signal.SIGUSR1, help.is_there)
    turning = threading.Thread(target=run_loops, args=(loops, stop, help), name="loops")
    turning.start()
    work = asyncio.create_task(_jobs()) if jobs else None
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait([waiting, *([work] if work else [])], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        waiting.cancel()
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=asked.is_set())
        await asyncio.to_thread(turning.join)


def ask_for_help() -> None:
    """Ask the supervisor, who has started this process."""
    os.kill(os.getppid(), signal.SIGUSR1)


async def _jobs() -> None:
    """The procrastinate worker. Jobs that don't end within the patience are done again later."""
    from procrastinate.contrib.django import app

    working = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with working.open_async():
        await working.run_worker_async(
            concurrency=2,
            install_signal_handlers=False,
            shutdown_graceful_timeout=10,
            fetch_job_polling_interval=POLL,
            abort_job_polling_interval=POLL,
        )
