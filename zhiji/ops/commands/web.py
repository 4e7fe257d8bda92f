"""`zhiji web`: the web server alone."""

import os
from typing import Any

import typer

from zhiji.ops.fitting import fit_or_end
from zhiji.ops.house import address_of, load_all, open_house
from zhiji.ops.lifeline import follow_parent

WORKERS = min(2, os.cpu_count() or 1)


def web(
    workers: int = typer.Option(WORKERS, min=1, help="Processes; two where there are two cores."),
) -> None:
    """Serve pages, API and the tracking protocol on ZHIJI_HOST:ZHIJI_PORT. The database must be running."""
    options = open_house()
    follow_parent()
    fit_or_end(options, address_of(options))
    from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    from zhiji.config import logs

    server = Server(
        "zhiji.config.asgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGI,
        workers=workers,
        runtime_mode=RuntimeModes.st,
        runtime_threads=1,
        loop=Loops.auto,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=1024 * 1024),
        websockets=False,
        backlog=2048,
        backpressure=2048,
        log_level=LogLevels.warning,
        log_dictconfig=logs.dictionary(options.log_level, options.log_json),
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
    )
    load_all()
    server.serve(target_loader=load)


def load(*_: Any, **__: Any) -> Any:
    """The ASGI application, in the server's worker process, which ends when the server does."""
    follow_parent()
    from zhiji.config.asgi import application

    return application
