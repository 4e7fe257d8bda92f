"""Every verb of the audit is produced by some case and has a word; what has no door of its own is done here.

Doors say in CHANGES which lines and facts they leave, and test_changes.py sees that they leave exactly those. What is
done otherwise (by the house, by a command, while signing in) stands in DEEDS of the app's `tests/doors.py`.
"""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from zhiji.access import emitted
from zhiji.access.emitted import modules
from zhiji.access.words import words_of
from zhiji.config.tests.doors.asked import Ask, gathered
from zhiji.config.tests.doors.digest import Told
from zhiji.config.tests.doors.world import World, taken_back
from zhiji.kernel.registry import ours

DEEDS: dict[str, tuple[Callable[[World], int | None], tuple[str, ...]]] = gathered("DEEDS")
ASKS: list[Ask] = list(gathered("CHANGES").values())


@cache
def verbs() -> dict[str, str]:
    """{verb: the file that says it}, read from the source."""
    found = ((path, module) for app in ours() for path, module in modules(Path(app.path)))
    return {verb: path.name for path, module in found for verb in emitted.verbs(module)}


def test_every_verb_is_produced_by_some_case() -> None:
    known = verbs()
    assert len(known) > 60
    produced = {*DEEDS, *(verb for ask in ASKS for verb in (*ask.audits, *ask.then_audits))}
    missing = {verb: place for verb, place in known.items() if verb not in produced}
    assert not missing, f"say in CHANGES or DEEDS of the app's tests/doors.py what leaves these lines: {missing}"
    assert not produced - known.keys(), "no line of the source says these"


def test_every_kind_of_thing_has_a_word() -> None:
    kinds = {ask.on.partition(" ")[0] for ask in ASKS if ask.on}
    assert len(kinds) > 5 and not kinds - words_of("things").keys()


@pytest.mark.django_db
@pytest.mark.parametrize("verb", sorted(DEEDS))
def test_what_has_no_door_leaves_its_line_too(world: World, verb: str) -> None:
    deed, facts = DEEDS[verb]
    with taken_back():
        told = Told()
        who = deed(world)
        lines, recorded = told.since()
    assert {(user, said) for user, said, _kind, _pk in lines} == {(who, verb)}
    assert not {kind for _user, _said, kind, _pk in lines} - words_of("things").keys()
    assert recorded == Counter(facts)
