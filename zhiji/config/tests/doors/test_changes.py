"""Every door that changes something × every role × own, another's and nobody's: done as declared, or nothing changed.

What is expected comes from the table of roles and from `tests/doors.py` beside each app, never from the views.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import DatabaseError, connection

from zhiji.access.models import Role
from zhiji.config.tests.doors.asked import Ask, address, allows, gathered, sees, whoses
from zhiji.config.tests.doors.digest import Told, digests, written
from zhiji.config.tests.doors.routes import doors, methods, pages
from zhiji.config.tests.doors.world import World, filled, names, put, taken_back

pytestmark = pytest.mark.django_db
CHANGES: dict[str, Ask] = gathered("CHANGES")
DOORS = sorted(f"{method} {route}" for method, route in doors() if method != "GET")
LOGGED_FAULT = 500


def test_every_view_says_which_methods_it_takes() -> None:
    silent = [route for route, view in pages().items() if not methods(view)]
    assert not silent, f"put require_safe, require_POST or require_http_methods before the views of {silent}"


def test_every_door_that_changes_something_is_asked() -> None:
    assert len(DOORS) > 90
    missing, gone = sorted(set(DOORS) - CHANGES.keys()), sorted(CHANGES.keys() - set(DOORS))
    assert not missing, f"say in CHANGES of the app's tests/doors.py what to ask and who may: {missing}"
    assert not gone, f"tests/doors.py asks doors that aren't there: {gone}"


def cases(world: World, door: str) -> list[tuple[str, str, str, Mapping[str, Any]]]:
    """(role, whose, address, known names) of everything a door is asked."""
    ask = CHANGES[door]
    where = ask.at or address(*door.split(" ", 1))
    used = names(where) | names(ask.body)
    found = []
    for role in Role.values:
        for whose in whoses(role, used):
            known = world.known(role, whose)
            if used <= known.keys():
                found.append((role, whose, filled(where, known), known))
    return found


def changed(world: World, before: Mapping[str, int]) -> set[str]:
    """The tables that hold something else than at the start."""
    touched = {name for name, count in written().items() if count != before.get(name, 0)}
    return {name for name, digest in digests(touched).items() if digest != world.base[name]}


def lines_of(world: World, role: str, ask: Ask, verbs: tuple[str, ...], known: Mapping[str, Any]) -> Any:
    """The audit lines that are expected: (user, verb), and what they are about where that is declared."""
    user = None if ask.needs == "mark" else world.users[role].pk
    about = filled(ask.on, known) if ask.on else ""
    return sorted((user, verb, about) for verb in verbs) if about else sorted((user, verb, "") for verb in verbs)


def left(told: Told, on: str) -> tuple[list[Any], Counter[str]]:
    lines, facts = told.since()
    return sorted((user, verb, f"{kind} {pk}" if on else "") for user, verb, kind, pk in lines), facts


@pytest.mark.parametrize("door", DOORS)
def test_it_is_done_or_refused_as_declared(world: World, door: str) -> None:
    ask, method, done = CHANGES[door], door.split(" ", 1)[0], 0
    where = ask.at or address(*door.split(" ", 1))
    used = names(where) | names(ask.body)
    for role, whose, at, known in cases(world, door):
        body, said = filled(ask.body, known), f"{role}, {whose}: "
        with taken_back():
            before, told = written(), Told()
            answer = put(world, role, method, at, body, json=ask.json, files=ask.files)
            now = changed(world, before)
            if allows(ask.needs, role) and sees(role, whose, used):
                assert answer.status_code in ask.done, said + f"not done, {answer.status_code}: {answer.text[:900]}"
                assert left(told, ask.on) == (lines_of(world, role, ask, ask.audits, known), Counter(ask.facts)), said
                assert bool(now) == ask.changes, said + f"changed {now}"
                after(world, role, door, at, known)
                done += 1
            else:
                assert answer.status_code in ask.refused, (
                    said + f"not refused, {answer.status_code}: {answer.text[:300]}"
                )
                assert not now, said + "a refusal changed something"
    assert done, "nobody may; so nothing shows that the door does anything"


def after(world: World, role: str, door: str, at: str, known: Mapping[str, Any]) -> None:
    """What is asked then."""
    ask = CHANGES[door]
    if ask.then is not None:
        told = Told()
        assert put(world, role, door.split(" ", 1)[0], at, filled(ask.then, known)).status_code in ask.done
        assert left(told, "")[0] == sorted((world.users[role].pk, verb, "") for verb in ask.then_audits)


LEAVES = [door for door in DOORS if door in CHANGES and CHANGES[door].audits]
NEVER = "ALTER TABLE {table} ADD CONSTRAINT never CHECK (id IS NULL) NOT VALID"


@pytest.mark.parametrize("door", LEAVES)
@pytest.mark.parametrize("table", ["access_auditline", "kernel_accepted"])
def test_without_its_audit_line_or_its_fact_it_leaves_nothing(world: World, door: str, table: str) -> None:
    """One transaction: where the line or the fact can't be written, nothing else is."""
    ask = CHANGES[door]
    if table == "kernel_accepted" and not ask.facts:
        return
    role, _whose, at, known = next(one for one in cases(world, door) if one[0] == Role.ADMINISTRATOR)
    with taken_back():
        with connection.cursor() as cursor:
            cursor.execute(NEVER.format(table=table))
        before = written()
        try:
            answer = put(
                world, role, door.split(" ", 1)[0], at, filled(ask.body, known), json=ask.json, files=ask.files
            )
        except DatabaseError as broken:  # a stream breaks off in the middle
            assert "never" in str(broken)
        else:
            assert answer.status_code >= LOGGED_FAULT, "it was done without"
        assert not changed(world, before)
