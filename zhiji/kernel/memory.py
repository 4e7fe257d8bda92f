"""What a process keeps of the machine's memory: what it shares with its forks, and what it gives back."""

import atexit
import ctypes
import gc
import sys
from importlib.abc import MetaPathFinder

PANDAS = "pandas"  # PyArrow loads it, 30 MiB, to ask whether a value is one of its own; here none ever is
M_ARENA_MAX = -8
ARENAS = 2  # as many threads allocate at once as there are cores to do it; each arena keeps what it has once held
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def keep_what_is_loaded() -> None:
    """Have the garbage collector pass over all that is loaded, so that forks share it, and look less often: its walks
    took 0.2 s each."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # or extensions that look for leaks at the end take all of it for one
    gc.set_threshold(50_000, 20, 50)
    if _libc is not None and hasattr(_libc, "mallopt"):
        _libc.mallopt(M_ARENA_MAX, ARENAS)
    give_back()


def without_pandas() -> None:
    """Keep this process, and its forks, from loading what nothing in it uses. Raises no error where it's loaded."""
    if PANDAS not in sys.modules and not isinstance(sys.meta_path[0], _Without):
        sys.meta_path.insert(0, _Without())


class _Without(MetaPathFinder):
    """Says that PANDAS isn't installed. An entry None among the modules isn't enough: PyArrow's compiled import takes
    it for the module, and the first empty table of each process fails.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == PANDAS:
            raise ModuleNotFoundError(f"{name} isn't used here", name=name)


def give_back() -> None:
    """Return to the system what was freed (glibc)."""
    if _libc is not None and hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
