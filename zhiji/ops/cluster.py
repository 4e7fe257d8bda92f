"""A small Spark cluster on this machine: a standalone master and workers, as processes that end with us.

For `make spark-demo` and the tests; a real one is started by its own scripts and named in ZHIJI_ENGINE.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from zhiji.ops.lifeline import tied

PATIENCE = 60.0  # seconds that a master or worker may take to listen
HOST = "127.0.0.1"


class NoCluster(Exception):
    """Spark can't be started here; the message says what is missing."""


def missing() -> str | None:
    """What this machine lacks for Spark, as a sentence, or None."""
    if find_spec("pyspark") is None:
        return "PySpark isn't installed: make spark"
    if not _java():
        return "there is no Java: install a runtime of version 17 or newer (Debian: openjdk-17-jre-headless)"
    return None


@contextmanager
def cluster(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[str]:
    """Run a master and workers of one core each; gives the master's address, spark://host:port.

    Logs and work files go to `folder`. Raises NoCluster.
    """
    if reason := missing():
        raise NoCluster(reason)
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    address = f"spark://{HOST}:{port}"
    started = [_launch(folder, "master", "master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0")]
    try:
        _wait_for(started[0], folder / "master.log", "I have been elected leader")
        for number in range(1, workers + 1):
            options = ["--host", HOST, "--cores", "1", "--memory", memory, "--webui-port", "0"]
            options += ["--work-dir", str(folder / "work")]
            started.append(_launch(folder, f"worker-{number}", "worker.Worker", *options, address))
        for number, process in enumerate(started[1:], 1):
            _wait_for(process, folder / f"worker-{number}.log", "Successfully registered with master")
        yield address
    finally:
        for process in reversed(started):
            _end(process)


def _launch(folder: Path, name: str, what: str, *arguments: str) -> "subprocess.Popen[bytes]":
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise NoCluster("PySpark isn't installed: make spark")
    home = Path(spec.origin).parent
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            tied([str(home / "bin/spark-class"), f"org.apache.spark.deploy.{what}", *arguments], signal.SIGTERM),
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_LOCAL_DIRS": str(folder)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(process: "subprocess.Popen[bytes]", log: Path, sign: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = log.read_text("utf-8", "replace")
        if sign in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise NoCluster(f"{log.stem} didn't start; the end of its log:\n" + "\n".join(text.splitlines()[-8:]))


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin/java") if home else shutil.which("java")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])
