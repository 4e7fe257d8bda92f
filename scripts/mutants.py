"""Put small wrong changes into the code, one at a time, and print those that no test notices.

    make mutants                                   what changed since the last tag in the folders of NAMED
    make mutants SINCE=v0.2.0 OF="zhiji/access"    what changed since then in these folders or files
    make mutants MINUTES=60 SEED=7                 for longer, in another order

Each change is tried in a copy of the working tree by those tests that reach its line, of the tests beside the file and
of the product's matrices of doors and locks; they are found by running all of these once. Changes are taken in an order
drawn by the seed, folder by folder in turn, until the time is over; so a short run is a fair sample. Needs the packages
of requirements/mutants.txt, which `make mutants` installs.
"""

import argparse
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.tools.filters.git import GitFilter
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkResult
from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from scripts.mutations import OPERATORS  # noqa: E402

plugins.OPERATOR_PROVIDERS["zhiji"] = OPERATORS
NAMED = (
    *("zhiji/*/actions*", "zhiji/*/*/actions*", "zhiji/*/*/offers/erasers.py", "zhiji/access/offers/erasers.py"),
    *(f"zhiji/access/{name}.py" for name in ("roles", "tokens", "limits", "masks", "privacy", "sealing", "erasing")),
    *(f"zhiji/flow/deliver/{name}.py" for name in ("ledger", "refusals", "reports", "receipts", "returned", "sender")),
    *(f"zhiji/flow/act/{name}.py" for name in ("entering", "holdout", "missed", "anniversaries", "chain")),
    *(f"zhiji/flow/profile/{name}.py" for name in ("visibility", "absorb", "lookups", "states")),
    *(
        "zhiji/desks/loyalty/redeeming.py",
        "zhiji/flow/measure/*.py",
        "zhiji/flow/resolve/*.py",
        "zhiji/kernel/clock.py",
    ),
    *(f"zhiji/kernel/values/{name}.py" for name in ("money", "currency", "calendar", "moment")),
)
"""Where actions, permissions, ledgers, consent, erasure, money and days are."""
MATRICES = ("zhiji/config/tests/doors", "zhiji/config/tests/races")
NOT_CODE = {"tests", "migrations", "locale", "__pycache__"}
IDLE = ("BitOr", "BitAnd", "Shift", "_Is")  # of annotations and flags, or `is` for `==`: they mean nothing here
LEFT = (".venv", "node_modules", ".git", ".zhiji", ".mypy_cache", ".ruff_cache", "__pycache__")
LONGEST = 600  # seconds that one change may take; what is over it, is unclear and not counted


def main() -> int:
    given = parsed()
    since = given.since or last_tag()
    print(f"changes since {since or 'the beginning'}, seed {given.seed}, {given.minutes:g} minutes", flush=True)
    plans = drawn(planned(files(given.of), since), random.Random(given.seed))
    waiting = iter(plans)
    outcomes: list[tuple[MutationSpec, WorkResult]] = []
    with tempfile.TemporaryDirectory(prefix="zhiji-mutants-") as place:
        trees = [copied(Path(place) / str(number)) for number in range(given.processes)]
        seen = reached(trees[0], sorted({beside(one.module_path) for one in plans}))
        until = time.monotonic() + given.minutes * 60
        with ProcessPoolExecutor(given.processes) as pool:
            going = {
                pool.submit(tried, tree, one, of(one, seen)): tree for tree, one in zip(trees, waiting, strict=False)
            }
            while going:
                done = next(as_completed(going))
                tree = going.pop(done)
                outcomes.append(done.result())
                told(*outcomes[-1])
                if time.monotonic() < until and (one := next(waiting, None)):
                    going[pool.submit(tried, tree, one, of(one, seen))] = tree
    return summed(outcomes)


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--since", default="", help="a tag or commit")
    parser.add_argument("--of", nargs="*", default=NAMED, help="folders, files or patterns")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def last_tag() -> str:
    asked = ["git", "describe", "--tags", "--abbrev=0"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def files(of: list[str]) -> list[Path]:
    """The modules in these folders, named from the project's root."""
    found = itertools.chain.from_iterable(
        sorted(path.rglob("*.py")) if path.is_dir() else [path] for one in of for path in sorted(ROOT.glob(one))
    )
    return [file.relative_to(ROOT) for file in found if not NOT_CODE & set(file.parts)]


def planned(modules: list[Path], since: str) -> list[MutationSpec]:
    """Each change that could be made to the lines that were changed since then."""
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as place:
        plans = WorkDB(Path(place) / "plans.sqlite", WorkDB.Mode.create)
        init(modules, plans, {})
        if since:
            config = Path(place) / "config.toml"
            config.write_text(f'[cosmic-ray.filters.git-filter]\nbranch = "{since}"\n')
            GitFilter().filter(plans, Namespace(config=str(config)))
        found = [one for item in plans.pending_work_items for one in item.mutations]
        plans.close()
    return [one for one in found if not any(word in one.operator_name for word in IDLE)]


def drawn(specs: list[MutationSpec], chance: random.Random) -> list[MutationSpec]:
    """In an order by chance, folder after folder in turn, of each place and kind of change only one."""
    chance.shuffle(specs)
    places: dict[tuple[Path, tuple[int, int], str], MutationSpec] = {}
    for one in specs:
        places.setdefault((one.module_path, one.start_pos, one.operator_name.split("_")[0]), one)
    folders: dict[Path, list[MutationSpec]] = {}
    for one in places.values():
        folders.setdefault(beside(one.module_path), []).append(one)
    turns = itertools.zip_longest(*folders.values())
    return [one for turn in turns for one in turn if one is not None]


def beside(module: Path) -> Path:
    """The nearest folder of tests."""
    return next(folder / "tests" for folder in module.parents if (ROOT / folder / "tests").is_dir())


def copied(tree: Path) -> Path:
    """The working tree as it stands, with what set-up made."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT))
    return tree


def reached(tree: Path, folders: list[Path]) -> dict[str, dict[int, list[str]]]:
    """For each file of the copy the tests that reach a line: those of these folders and of the matrices."""
    asked = [
        *("-n", "2", "--dist", "loadfile", "-q", "-m", "not browser and not crash and not sdk", "--timeout", "900")
    ]
    asked += ["--cov=zhiji", "--cov-context=test", "--cov-report=", *map(str, folders), *MATRICES]
    said = subprocess.run(
        [sys.executable, "-m", "pytest", *asked], cwd=tree, env=home(tree), capture_output=True, text=True, check=False
    )
    for line in said.stdout.splitlines():
        if line.startswith(("FAILED", "ERROR")):
            print(f"fails without any change: {line}", flush=True)
    seen = CoverageData(str(tree / ".coverage"))
    seen.read()
    return {str(Path(file).relative_to(tree)): by_line(seen, file) for file in seen.measured_files()}


def by_line(seen: CoverageData, file: str) -> dict[int, list[str]]:
    lines = seen.contexts_by_lineno(file)
    return {line: [one.rpartition("|")[0] for one in contexts if one] for line, contexts in lines.items()}


def of(change: MutationSpec, seen: dict[str, dict[int, list[str]]]) -> list[str]:
    """The tests that reach a change; of what is only read when a module is loaded, all that reach the module."""
    lines = seen.get(str(change.module_path), {})
    near = [lines[one] for one in range(change.start_pos[0], change.end_pos[0] + 1) if one in lines]
    found = set(itertools.chain.from_iterable(near))
    if near and not found:
        found = set(itertools.chain.from_iterable(lines.values()))
    return sorted(found)


def home(tree: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree)}


def tried(tree: Path, change: MutationSpec, tests: list[str]) -> tuple[MutationSpec, WorkResult]:
    """The change made in a copy, and what the tests that reach it said."""
    if not tests:
        return change, WorkResult(WorkerOutcome.NO_TEST)
    os.chdir(tree)
    os.environ.update(home(tree))
    asked = tree / "asked.txt"
    asked.write_text("\n".join(tests))
    return change, mutate_and_test([change], f"{sys.executable} -m pytest -x -q @{asked}", LONGEST)


def verdict(result: WorkResult) -> str:
    if result.worker_outcome == WorkerOutcome.NO_TEST:
        return "UNTESTED"
    if result.worker_outcome != WorkerOutcome.NORMAL or result.output == "timeout":
        return "unclear"
    return "killed" if result.is_killed else "SURVIVED"


def told(change: MutationSpec, result: WorkResult) -> None:
    """One line for each, and what was changed for those that survive."""
    kind = change.operator_name.split("/")[-1]
    print(f"{verdict(result):9} {change.module_path}:{change.start_pos[0]}  {kind}", flush=True)
    if not result.is_killed and result.diff:
        shown = [one for one in result.diff.splitlines() if one[:1] in "+-" and one[:3] not in ("+++", "---")]
        print("\n".join(f"    {one}" for one in shown), flush=True)


def summed(outcomes: list[tuple[MutationSpec, WorkResult]]) -> int:
    """How many were killed, by folder; 1 when fewer than four of five were."""
    counted, killed = Counter[Path](), Counter[Path]()
    for change, result in outcomes:
        if verdict(result) != "unclear":
            counted[beside(change.module_path).parent] += 1
            killed[beside(change.module_path).parent] += verdict(result) == "killed"
    for folder in sorted(counted):
        print(f"{killed[folder]:4} of {counted[folder]:4} killed  {folder}")
    print(f"{killed.total():4} of {counted.total():4} killed in all")
    return int(killed.total() * 5 < counted.total() * 4)


if __name__ == "__main__":
    sys.exit(main())
