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
    """And where others are told of another's customers, a salesperson is told of their own, and only of those."""
    used, answers = names(address("GET", route)), {}
    for role in Role.values:
        for whose in whoses(role, used):
            answer = asked(world, route, role, whose)
            if answer is None:
                continue
            if allows(READS[route], role) and sees(role, whose, used):
                fine = (404,) if route in EMPTY else (200, 202)
                assert answer.status_code in fine, f"{role}, {whose}: {answer.status_code} {answer.text[:500]}"
                answers.setdefault(role, answer.text)
            else:
                assert answer.status_code in (403, 404), f"{role}, {whose}: {answer.status_code}"
            if role == Role.SALES:
                leaked = [text for text in OTHERS if text in answer.text]
                assert not leaked, f"{whose}: a salesperson is told of {leaked}"
    assert answers, "nobody may"
    if Role.SALES in answers and any(text in answers[Role.MANAGER] for text in OTHERS):
        assert any(text in answers[Role.SALES] for text in MINE), "it holds nothing at all for a salesperson"


@pytest.mark.parametrize("route", ["customers/", "orders/", "messages/", "tasks/", "coupons/", "/api/orders"])
def test_what_is_kept_from_a_salesperson_is_shown_to_a_manager(world: World, route: str) -> None:
    """The positive twin: there is something to be kept."""
    assert any(text in asked(world, route, Role.MANAGER, "own").text for text in OTHERS)
