"""Write requirements/*.txt from requirements/*.in, without naming where packages come from.

`--upgrade` takes the newest versions; without it only what the .in files changed moves.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = ("--quiet", "--strip-extras", "--allow-unsafe", "--no-emit-index-url", "--no-emit-trusted-host")


def main() -> int:
    for name in ("main", "dev", "spark", "mutants"):
        target = ROOT / f"requirements/{name}.txt"
        subprocess.run(
            [
                *(sys.executable, "-m", "piptools", "compile", *OPTIONS, *sys.argv[1:]),
                *("--output-file", f"requirements/{name}.txt", f"requirements/{name}.in"),
            ],
            cwd=ROOT,
            check=True,
            env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"},
        )
        lines = [line for line in target.read_text("utf-8").splitlines() if not line.startswith("--")]
        target.write_text("\n".join(lines).strip() + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
