"""What a process is kept from loading is missed by nothing in it."""

import subprocess
import sys

EMPTY = """
from zhiji.kernel.memory import without_pandas
without_pandas()
import sys, pyarrow
assert pyarrow.schema([("a", pyarrow.int64()), ("b", pyarrow.string())]).empty_table().num_rows == 0
assert pyarrow.array([1, None]).to_pylist() == [1, None]
assert "pandas" not in sys.modules
"""


def test_the_first_empty_table_of_a_process_is_made_without_pandas() -> None:
    done = subprocess.run([sys.executable, "-c", EMPTY], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
