"""Every verb of the audit is produced by some case and has a word; what has no door of its own is done here.

Doors say in CHANGES which lines and facts they leave, and test_changes.py sees that they leave exactly those. What is
done otherwise (by the house, by a command, while signing in) stands in DEEDS of the app's `tests/doors.py`.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from zhiji.access.words import OBJECTS, VERBS
from zhiji.config.tests.doors.asked import Ask, gathered
from zhiji.config.tests.doors.digest import Told
from zhiji.config.tests.doors.world import World, taken_back

ZHIJI = Path(apps.get_app_config("access").path).parent
DEEDS: dict[str, tuple[Callable[[World], int | None], tuple[str, ...]]] = gathered("DEEDS")
ASKS: list[Ask] = list(gathered("CHANGES").values())
FACT = re.compile(r"[a-z]+(_[a-z]+)+")


def audits() -> Iterator[tuple[str, ast.Call, ast.Module]]:
    """Every place where the product says that something was done."""
    for path in sorted(ZHIJI.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            module = ast.parse(path.read_text())
            for node in ast.walk(module):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("audit", "audit_limited"):
                    yield path.relative_to(ZHIJI).as_posix(), node, module


@cache
def verbs() -> dict[str, str]:
    """{verb: the file that says it}, read from the source."""
    found: dict[str, str] = {}
    for place, call, module in audits():
        first = call.args[0]
        said = [one.value for one in ast.walk(first) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if isinstance(first, ast.Call):  # the fact's name in words: every name that the file hands on
            said = [name.replace("_", " ") for name in _handed_on(module)]
        elif isinstance(first, ast.Name):  # a name of the file's own, or the caller's, which is found by itself
            said = [one.value.value for one in module.body if _names(one, first.id)]  # type: ignore[attr-defined]
        found |= dict.fromkeys(said, place)
    return found


def _handed_on(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("_"):
            for one in node.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and FACT.fullmatch(one.value):
                    yield one.value


def _names(one: ast.stmt, name: str) -> bool:
    return isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in one.targets)


def test_every_verb_is_produced_by_some_case() -> None:
    known = verbs()
    assert len(known) > 60
    produced = {*DEEDS, *(verb for ask in ASKS for verb in (*ask.audits, *ask.then_audits))}
    missing = {verb: place for verb, place in known.items() if verb not in produced}
    assert not missing, f"say in CHANGES or DEEDS of the app's tests/doors.py what leaves these lines: {missing}"
    assert not produced - known.keys(), "no line of the source says these"


def test_every_verb_and_every_kind_of_thing_has_a_word() -> None:
    assert not verbs().keys() - VERBS.keys(), "add them to zhiji/access/words.py"
    kinds = {ask.on.partition(" ")[0] for ask in ASKS if ask.on}
    assert len(kinds) > 5 and not kinds - OBJECTS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("verb", sorted(DEEDS))
def test_what_has_no_door_leaves_its_line_too(world: World, verb: str) -> None:
    deed, facts = DEEDS[verb]
    with taken_back():
        told = Told()
        who = deed(world)
        lines, recorded = told.since()
    assert {(user, said) for user, said, _kind, _pk in lines} == {(who, verb)}
    assert not {kind for _user, _said, kind, _pk in lines} - OBJECTS.keys()
    assert recorded == Counter(facts)
