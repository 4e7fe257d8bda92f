"""A million pairs of a customer's history and a condition, each answered by the compiler and by the oracle.

    python -m bench.proof [pairs] [seed]

Pairs are counted once, though each is asked at three moments; see zhiji/flow/segment/tests/proof.py. Whatever differs
is printed as JSON: the smallest part of the tree that does, and the facts it reads. Another seed proves other pairs.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row, show

PAIRS, SEED = 1_000_000, 2026
HISTORIES, TREES = 1_000, 125


def run(pairs: int = PAIRS, seed: int = SEED) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="zhiji-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        os.environ.update(ZHIJI_HOME=folder, DJANGO_SETTINGS_MODULE="zhiji.config.settings")
        from zhiji.ops import postgres

        os.environ["ZHIJI_DATABASE_URL"] = postgres.start(home, fsync="off", synchronous_commit="off") + "&pool=0"
        try:
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            return _proven(pairs, seed)
        finally:
            postgres.stop(home)


def _proven(pairs: int, seed: int) -> list[Row]:
    from zhiji.flow.segment.tests.proof import SCENES, Tally, prove

    tally, began, number = Tally(), time.perf_counter(), 0
    while tally.pairs < pairs:
        trees = min(TREES, max(20, (pairs - tally.pairs) // HISTORIES + 1))
        prove(seed + number // len(SCENES), [number % len(SCENES)], HISTORIES, trees, tally)
        number += 1
        print(
            f"{tally.pairs:,} pairs, {len(tally.wrong)} disagreements, {time.perf_counter() - began:,.0f} s", flush=True
        )
    for wrong in tally.wrong:
        print(wrong)
    return [
        Row("pairs of a history and a tree", tally.pairs, "pairs", f"≥ {pairs:,}"),
        Row("disagreements", len(tally.wrong), "", "0"),
        Row("answers compared (three moments, some asked twice)", tally.asked, "answers"),
        Row("trees", tally.trees, "trees"),
        Row("histories", tally.histories, "histories"),
        Row("answers that were yes", 100 * tally.held / tally.asked, "%"),
        Row("questions that parted the population", 100 * tally.mixed / tally.questions, "%"),
        *(Row(f"leaves and groups of kind {kind}", count, "") for kind, count in sorted(tally.kinds.items())),
        Row("seconds", time.perf_counter() - began, "s"),
    ]


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:]]
    show("Exactness: the compiler against the oracle", run(*asked))
