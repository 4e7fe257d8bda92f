"""Every lock of the product, raced by two real connections. A lock is found by reading the source, its race beside
the app in `tests/races.py`; one without a race fails here by name.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhiji.config.tests.races.racing import ZHIJI, races, run

LOCK = re.compile(r"FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE|advisory(_xact)?_lock\b|LOCK TABLE")
RACES = races()


class Locks(ast.NodeVisitor):
    """The functions of a file that ask for a lock."""

    def __init__(self) -> None:
        self.inside = ["(module)"]
        self.found: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.inside.append(node.name)
        for part in node.body[1:] if ast.get_docstring(node) else node.body:
            self.visit(part)
        self.inside.pop()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr == "select_for_update":
            self.found.add(self.inside[-1])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and LOCK.search(node.value):
            self.found.add(self.inside[-1])

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring asks for nothing
            self.generic_visit(node)


def sites() -> Iterator[str]:
    for path in sorted((ZHIJI / "zhiji").rglob("*.py")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        locks = Locks()
        locks.visit(ast.parse(Path(path).read_text()))
        yield from (f"{path.relative_to(ZHIJI).as_posix()}:{name}" for name in sorted(locks.found))


SITES = list(sites())


def test_every_lock_has_its_race() -> None:
    assert len(SITES) > 30
    raced = {race.partition(" ")[0] for race in RACES}
    missing, gone = sorted(set(SITES) - raced), sorted(raced - set(SITES))
    assert not missing, f"add to RACES of the app's tests/races.py who meets at these locks: {missing}"
    assert not gone, f"these races are about no lock: {gone}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("race", sorted(RACES))
def test_the_second_waits_for_the_first(race: str) -> None:
    run(RACES[race](), race.partition(" ")[0])
