"""What every door is asked in tests, said beside the app that opens it: `tests/doors.py` with these names.

`PLACES` says whose things stand in addresses: the start of a route as it is declared, and the same with names of the
world (see world.py) in braces. `READS` is {route: permission} of what GET answers. `CHANGES` is {"METHOD route": Ask}.
A desk also draws its `ROLES` (see access/tests/test_roles.py) and tells of its `DAYS` (days/test_every_place.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from zhiji.access.models import Role
from zhiji.access.roles import permissions
from zhiji.kernel.registry import offered, ours
from zhiji.records.kind import RecordKind


@dataclass(frozen=True)
class Ask:
    """What a door that takes a body is asked, and what must come of it.

    `needs`: a permission, several with `&` or `|` between them; "" where everybody who is signed in may, "mark" where
    the address itself is the proof.
    `body`: a form's or JSON's values; names of the world in braces, alone in a text, are its values.
    `audits`, `facts`: exactly what it leaves; `on`: what the audit lines are about, as `app.model {name}`.
    `done`: statuses of an answer that did it. `refused`: of one that didn't, for things the user doesn't see.
    """

    needs: str
    body: Mapping[str, Any] = field(default_factory=dict)
    audits: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    on: str = ""
    at: str = ""
    """The address, where that of PLACES won't do."""
    then: Mapping[str, Any] | None = None
    then_audits: tuple[str, ...] = ()
    """What is asked after it at the same address, such as the way back, and what that leaves."""
    json: bool = False
    """Whether a page is asked in JSON; calls of the API always are."""
    changes: bool = True
    """False: it only answers, such as a preview."""
    done: tuple[int, ...] = (200, 201, 204, 302)
    refused: tuple[int, ...] = (403, 404)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files to upload."""


def allows(needs: str, role: str) -> bool:
    """Whether a role has what an ask needs, by the table of roles."""
    if needs in ("", "mark"):
        return True
    if "|" in needs:
        return any(allows(one.strip(), role) for one in needs.split("|"))
    return all(role in permissions()[one.strip()].roles for one in needs.split("&"))


WHOSE = ("own", "another", "nobody")
CUSTOMERS = {"customer", "other", "point", "redirect", "fact", "message", "failed", "order", "undo", "coupon"}
TASKS = {"task"}
OWN = {"token", "view", "export", "notice", "comment", "deed", *(f"view_{one.key}" for one in offered(RecordKind))}
"""Names of the world that are a customer's, a task, or somebody's own."""


def sees(role: str, whose: str, names: set[str]) -> bool:
    """Whether who has `role` may touch these things of `whose`: own, another's or nobody's."""
    if whose == "own" or names & {"letter", "own_page"}:
        return True
    if names & OWN:
        return "deed" in names and role == Role.ADMINISTRATOR
    if names & TASKS and role not in (Role.ADMINISTRATOR, Role.MANAGER):
        return False
    return not (names & CUSTOMERS and role == Role.SALES)


def whoses(role: str, names: set[str]) -> tuple[str, ...]:
    """Whose things `role` is asked about; who sees every customer alike is asked about another's."""
    if names & (TASKS | OWN) or (names & CUSTOMERS and role == Role.SALES):
        return WHOSE
    return WHOSE[1:2] if names & CUSTOMERS else WHOSE[:1]


def _modules() -> Iterator[Any]:
    for app in ours():
        name = f"{app.name}.tests.doors"
        if find_spec(f"{app.name}.tests") and find_spec(name):
            yield import_module(name)


def gathered(name: str) -> dict[str, Any]:
    """PLACES, READS or CHANGES of all apps."""
    return {key: value for module in _modules() for key, value in getattr(module, name, {}).items()}


def address(method: str, route: str) -> str:
    """The address of a route with names of the world in it, by the longest start that PLACES knows."""
    given = gathered("ADDRESSES").get(f"{method} {route}")
    places = gathered("PLACES")
    start = max((one for one in places if route.startswith(one)), key=len, default="")
    bare, _mark, query = places.get(start, "").partition("?")
    rest = route[len(start) :]
    found = given or f"{bare}{rest}{'?' if query else ''}{query}"
    return found if found.startswith("/") else f"/{found}"
