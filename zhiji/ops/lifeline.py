"""No orphans: a child ends when its parent does, even when the parent was killed with -9."""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
VARIABLE = "ZHIJI_LIFELINE"

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied(command: Sequence[str], sent: signal.Signals) -> list[str]:
    """The command so that the kernel sends it `sent` when its parent ends; as it is where there is no `setpriv`.

    The parent must start the child from a thread that lives as long as itself. No code of ours runs between
    fork and exec: in a process with many threads that may crash.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", sent.name.removeprefix("SIG"), *command] if setpriv else list(command)


def end_with_parent(sent: signal.Signals) -> None:
    """Have the kernel send this process `sent` when its parent ends (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)


def follow_parent() -> None:
    """End this process by SIGTERM when its parent ends, if a supervisor started it (see VARIABLE).

    The kernel's signal comes at once; the watching thread is for systems that have none.
    """
    if os.environ.get(VARIABLE) != "1":
        return
    parent = os.getppid()
    end_with_parent(signal.SIGTERM)
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def call_itself(name: str) -> None:
    """What `ps` and `top` show for this process: at most 15 letters of `name` (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def _watch(parent: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # a kernel that tells of a process's end; else one looks
        watched = select.poll()
        watched.register(os.pidfd_open(parent), select.POLLIN)
        if os.getppid() == parent:
            watched.poll()
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
    os._exit(1)
