"""Every door that answers × every role × own, another's and nobody's: as declared, and never of another's customers."""

from typing import Any

import pytest

from zhiji.access.models import Role
from zhiji.config.tests.doors.asked import address, allows, gathered, sees, whoses
from zhiji.config.tests.doors.routes import doors, public
from zhiji.config.tests.doors.world import NAMES, ORDERS, OTHERS, World, filled, names, put, taken_back

pytestmark = pytest.mark.django_db
READS: dict[str, str] = gathered("READS")
EMPTY = gathered("NOTHING_THERE")
DOORS = sorted(route for method, route in doors() if method == "GET" and not public(route))
MINE = (NAMES[Role.SALES], ORDERS[Role.SALES])


def test_every_door_that_answers_is_asked() -> None:
    assert len(DOORS) > 90
    missing, gone = sorted(set(DOORS) - READS.keys()), sorted(READS.keys() - set(DOORS))
    assert not missing, f"say in READS of the app's tests/doors.py which permission it needs: {missing}"
    assert not gone, f"tests/doors.py asks doors that aren't there: {gone}"


def asked(world: World, route: str, role: str, whose: str) -> Any:
    """The answer, or None where nobody can own such a thing."""
    where, known = address("GET", route), world.known(role, whose)
    if not names(where) <= known.keys():
        return None
    with taken_back():
        return put(world, role, "GET", filled(where, known))


@pytest.mark.parametrize("route", DOORS)
def test_it_answers_or_refuses_as_declared(world: World, route: str) -> None:
    used, done = names(address("GET", route)), 0
    for role in Role.values:
        for whose in whoses(role, used):
            answer = asked(world, route, role, whose)
            if answer is None:
                continue
            if allows(READS[route], role) and sees(role, whose, used):
                fine = (404,) if route in EMPTY else (200, 202)
                assert answer.status_code in fine, f"{role}, {whose}: {answer.status_code} {answer.text[:500]}"
                done += 1
            else:
                assert answer.status_code in (403, 404), f"{role}, {whose}: {answer.status_code}"
            if role == Role.SALES:
                leaked = [text for text in OTHERS if text in answer.text]
                assert not leaked, f"{whose}: a salesperson is told of {leaked}"
    assert done, "nobody may"


def test_what_is_kept_from_a_salesperson_is_shown_to_others(world: World) -> None:
    """The positive twin: where an administrator is told of others' customers, a salesperson is told of their own."""
    told = [
        route
        for route in DOORS
        if (whole := asked(world, route, Role.ADMINISTRATOR, "own")) and any(text in whole.text for text in OTHERS)
    ]
    silent = []
    for route in told:
        own = asked(world, route, Role.SALES, "own")
        if allows(READS[route], Role.SALES) and not any(text in own.text for text in MINE):
            silent.append(route)
    assert len(told) > 9, told
    assert not silent, f"these hold nothing at all for a salesperson: {silent}"
