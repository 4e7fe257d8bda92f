"""A web process of the product over the tests' database, for clients that need a real server."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[4]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WebProcess:
    """`with WebProcess() as server:` serves at `server.url`; `kill()` is kill -9 of all of it, `start()` again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        given = connection.settings_dict
        address = f"postgresql:///{given['NAME']}?user={given['USER']}&host={quote(given['HOST'], safe='/')}&pool=0"
        arguments = ["--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *arguments, "zhiji.config.asgi:application"],
            env={**os.environ, "ZHIJI_DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"},
            cwd=ROOT,
            start_new_session=True,
        )
        for _ in range(2400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the web process didn't start within 120 s")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def __enter__(self) -> "WebProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
