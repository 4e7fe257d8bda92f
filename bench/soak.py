"""A soak through the public doors with the processes that ship: `zhiji up`, its web server and workers.

    python -m bench.soak --minutes 10 --seed 2026

Segments and schemes are made, edited and archived in bursts, facts come late, doubled and in no order, customers are
merged and parted, processes are killed and restarted, time leaps. At quiet points, when GET /api/status says that all
is in, every membership is held against the plain oracle; whatever differs is told with since when it does and how the
loops were. The seed draws what is done; how threads and kills meet is another each time.
"""

import argparse
import sys
import time

from bench.table import Row, show


def run(minutes: float, seed: int) -> list[Row]:
    from zhiji.ops.tests.soak.running import soak

    began = time.monotonic()
    told = soak(minutes * 60, seed, say=lambda text: print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True))
    waited = sorted(told.waited)
    return [
        Row("seed", seed, ""),
        Row("mismatches", len(told.mismatches), "", "0"),
        Row("quiet points", told.points, ""),
        Row("memberships compared", told.compared, ""),
        Row("facts told", told.facts, ""),
        Row("definitions made", told.definitions, ""),
        Row("definitions refused", told.refused, ""),
        Row("seconds until quiet, the median", waited[len(waited) // 2], "s"),
        *(Row(what, count, "times") for what, count in sorted(told.happened.items())),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args()
    rows = run(asked.minutes, asked.seed)
    show("Soak: live classification against the oracle", rows)
    sys.exit(1 if rows[1].value else 0)
