"""Put small wrong changes into the code, one at a time, and print those that no test notices.

    make mutants                                   what changed since the last tag in the folders of NAMED
    make mutants SINCE=v0.2.0 OF="zhiji/access"    what changed since then in these folders or files
    make mutants MINUTES=60 SEED=7                 for longer, in another order
    make mutants OF=zhiji/access TESTS="zhiji/access/tests"    tried by these tests only

Each change is tried in a copy of the working tree by those tests that reach its line, of the tests beside the file and
of the product's matrices of doors, locks, days and limits; they are found by running all of these once. A process holds
them ready and tries each change in a fork of itself; only what is read when a module is loaded needs a start of its
own. What such a reading computed from a function isn't computed again in a fork. Changes are taken in an order
drawn by the seed, folder by folder in turn, until the time is over; so a short run is a fair sample. Needs the packages
of requirements/mutants.txt, which `make mutants` installs.
"""

import argparse
import ast
import difflib
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
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing import Pipe
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.tools.filters.git import GitFilter
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec
from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from scripts import mutants_held  # noqa: E402
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
MATRICES = tuple(f"zhiji/config/tests/{name}" for name in ("doors", "races", "days", "limits"))
NOT_CODE = {"tests", "migrations", "locale", "__pycache__"}
IDLE = ("BitOr", "BitAnd", "Shift", "_Is")  # of annotations and flags, or `is` for `==`: they mean nothing here
LEFT = (".venv", "node_modules", ".git", ".zhiji", ".mypy_cache", ".ruff_cache", "__pycache__")
MEANT = "not browser and not crash and not sdk"
LONGEST = 600  # seconds that one change may take; what is over it, is unclear and not counted
VERDICTS = {mutants_held.PASSED: "SURVIVED", mutants_held.FAILED: "killed"}
Tried = tuple[MutationSpec, str, list[str]]
"""A change, what became of it, and its lines before and after."""


def main() -> int:
    given = parsed()
    since = given.since or last_tag()
    print(f"changes since {since or 'the beginning'}, seed {given.seed}, {given.minutes:g} minutes", flush=True)
    plans = drawn(planned(files(given.of), since), random.Random(given.seed))
    tests = given.tests or [*sorted({beside(one.module_path) for one in plans}), *MATRICES]
    waiting = iter(plans)
    outcomes: list[Tried] = []
    with tempfile.TemporaryDirectory(prefix="zhiji-mutants-") as place, ThreadPoolExecutor(given.processes) as pool:
        held = list(pool.map(lambda at: Held(Path(place) / str(at), tests), range(given.processes)))
        seen = reached(held, pool)
        until = time.monotonic() + given.minutes * 60
        going = {pool.submit(tried, by, one, of(one, seen)): by for by, one in zip(held, waiting, strict=False)}
        while going:
            done = next(as_completed(going))
            by = going.pop(done)
            outcomes.append(done.result())
            told(*outcomes[-1])
            if time.monotonic() < until and (one := next(waiting, None)):
                going[pool.submit(tried, by, one, of(one, seen))] = by
        for by in held:
            by.end()
    return summed(outcomes)


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--since", default="", help="a tag or commit")
    parser.add_argument("--of", nargs="*", default=NAMED, help="folders, files or patterns")
    parser.add_argument(
        "--tests", nargs="*", help="those to try, instead of the ones beside the files and the matrices"
    )
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


class Held:
    """A copy of the working tree and a process that holds its tests ready (see mutants_held)."""

    def __init__(self, tree: Path, tests: list[Path | str]) -> None:
        self.tree = copied(tree)
        self.asking, theirs = Pipe()
        self.environment = {**os.environ, "PYTHONPATH": str(tree), "MUTANTS_PIPE": str(theirs.fileno())}
        asked = [sys.executable, "-m", "pytest", "-p", "scripts.mutants_held", "-m", MEANT, *map(str, tests)]
        self.process = subprocess.Popen(
            asked, cwd=tree, env=self.environment, pass_fds=[theirs.fileno()], stdout=sys.stderr
        )
        theirs.close()
        self.names: list[str] = self.asking.recv()

    def ask(self, tests: list[str], file: Path | None = None, text: str = "") -> int:
        self.asking.send((tests, file and str(self.tree / file), text))
        return int(self.asking.recv())

    def afresh(self, tests: list[str], file: Path, text: str) -> int:
        """The same in a process of its own, for what is read when a module is loaded."""
        (self.tree / "asked.txt").write_text("\n".join(tests))
        kept = (self.tree / file).read_text("utf-8")
        (self.tree / file).write_text(text, "utf-8")
        try:
            asked = [sys.executable, "-m", "pytest", "-x", "-q", f"@{self.tree / 'asked.txt'}"]
            done = subprocess.run(
                asked, cwd=self.tree, env=self.environment, capture_output=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return mutants_held.TOO_LONG
        finally:
            (self.tree / file).write_text(kept, "utf-8")
        return int(done.returncode != 0)

    def end(self) -> None:
        self.asking.send(None)
        self.process.wait()


def reached(held: list[Held], pool: ThreadPoolExecutor) -> dict[str, dict[int, list[str]]]:
    """For each file the tests that reach a line; each of the processes runs its part of the tests' files."""
    by_file = itertools.groupby(held[0].names, lambda name: name.partition("::")[0])
    files = [list(names) for _, names in by_file]
    parts = [list(itertools.chain.from_iterable(files[at :: len(held)])) for at in range(len(held))]
    list(pool.map(Held.ask, held, parts))
    found: dict[str, dict[int, list[str]]] = {}
    for one in held:
        seen = CoverageData(str(one.tree / mutants_held.COVERAGE))
        seen.read()
        for file in seen.measured_files():
            lines = found.setdefault(str(Path(file).relative_to(one.tree)), {})
            for line, tests in seen.contexts_by_lineno(file).items():
                lines.setdefault(line, []).extend(test for test in tests if test)
    return found


def of(change: MutationSpec, seen: dict[str, dict[int, list[str]]]) -> list[str]:
    """The tests that reach a change; of what is only read when a module is loaded, all that reach the module."""
    lines = seen.get(str(change.module_path), {})
    found = {test for line in range(change.start_pos[0], change.end_pos[0] + 1) for test in lines.get(line, ())}
    if not found and not within_function(change):
        found = set(itertools.chain.from_iterable(lines.values()))
    return sorted(found)


def within_function(change: MutationSpec) -> bool:
    """Whether the change is in a function's body."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for one in ast.walk(ast.parse((ROOT / change.module_path).read_text("utf-8"))):
        if isinstance(one, functions) and one.body[0].lineno <= change.start_pos[0] <= (one.end_lineno or 0):
            return True
    return False


def tried(held: Held, change: MutationSpec, tests: list[str]) -> Tried:
    """What the tests that reach a change said of it."""
    right = (ROOT / change.module_path).read_text("utf-8")
    operator = plugins.get_operator(change.operator_name)(**change.operator_args)
    wrong = mutate_code(right, operator, change.occurrence)
    if not wrong or not is_python(wrong):
        return change, "unclear", []
    lines = difflib.unified_diff(right.splitlines(), wrong.splitlines(), lineterm="", n=0)
    shown = [one for one in lines if one[:1] in "+-" and one[:3] not in ("+++", "---")]
    if not tests:
        return change, "UNTESTED", shown
    outcome = held.ask(tests, change.module_path, wrong)
    if outcome == mutants_held.NOT_HERE:
        outcome = held.afresh(tests, change.module_path, wrong)
    return change, VERDICTS.get(outcome, "unclear"), shown


def is_python(text: str) -> bool:
    """The library takes the stars of `*, by` and `**given` for signs of arithmetic."""
    try:
        return ast.parse(text) is not None
    except SyntaxError:
        return False


def told(change: MutationSpec, verdict: str, shown: list[str]) -> None:
    """One line for each, and what was changed for those that no test notices."""
    kind = change.operator_name.split("/")[-1]
    print(f"{verdict:9} {change.module_path}:{change.start_pos[0]}  {kind}", flush=True)
    if verdict in ("SURVIVED", "UNTESTED"):
        print("\n".join(f"    {one}" for one in shown), flush=True)


def summed(outcomes: list[Tried]) -> int:
    """How many were killed, by folder; 1 when fewer than four of five were."""
    counted, killed = Counter[Path](), Counter[Path]()
    for change, verdict, _ in outcomes:
        if verdict != "unclear":
            counted[beside(change.module_path).parent] += 1
            killed[beside(change.module_path).parent] += verdict == "killed"
    for folder in sorted(counted):
        print(f"{killed[folder]:4} of {counted[folder]:4} killed  {folder}")
    print(f"{killed.total():4} of {counted.total():4} killed in all")
    return int(killed.total() * 5 < counted.total() * 4)


if __name__ == "__main__":
    sys.exit(main())
