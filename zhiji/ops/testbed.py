"""The tests' own database server: a pytest plugin (`-p zhiji.ops.testbed`) that starts it before Django.

Each test run has its own data folder, removed at the end; nothing is shared with an installation. Where tests run in
several processes (`-n 2`), each of them has its own, and the one that hands the tests out needs none.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="zhiji-test-"))
os.environ["ZHIJI_HOME"] = str(HOME)
os.environ["ZHIJI_TEST_CLOCK"] = "1"
for name in ("ZHIJI_CONFIG", "ZHIJI_SMTP_URL", "ZHIJI_SECRET_KEY", "ZHIJI_MASTER_KEY", "ZHIJI_DEMO"):
    os.environ.pop(name, None)
# Modules are compiled once, not again by each process that a test starts (1.7 of its 5.4 s of CPU).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from zhiji.config import keys  # noqa: E402 - the data folder must be named first
from zhiji.ops import postgres  # noqa: E402

HANDS_OUT_ONLY = "-n" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ

if not HANDS_OUT_ONLY:
    keys.master_key(HOME, "")
    _address = postgres.start(
        HOME, tied=True, fsync="off", synchronous_commit="off", full_page_writes="off", shared_buffers="128MB"
    )
    os.environ["ZHIJI_DATABASE_URL"] = _address + "&pool=0"


@atexit.register
def _remove() -> None:
    postgres.stop(HOME)
    shutil.rmtree(HOME, ignore_errors=True)
