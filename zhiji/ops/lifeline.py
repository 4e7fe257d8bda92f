"""No orphans: a child ends when its parent does, even when the parent was killed with -9."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
VARIABLE = "ZHIJI_LIFELINE"

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sent: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program so that the kernel sends it `sent` when its parent ends (Linux).

    The parent must start the child from a thread that lives as long as itself.
    """

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)

    return arrange


def follow_parent() -> None:
    """End this process by SIGTERM when its parent ends, if a supervisor started it (see VARIABLE).

    The kernel's signal comes at once; the watching thread is for systems that have none.
    """
    if os.environ.get(VARIABLE) != "1":
        return
    parent = os.getppid()
    die_with_parent(signal.SIGTERM)()
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
    os._exit(1)
