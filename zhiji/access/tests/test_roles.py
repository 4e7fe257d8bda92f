"""The table of roles as it was agreed, drawn: a right that is given or taken by mistake differs from it.

A desk draws its own in `tests/doors.py`: ROLES.
"""

from zhiji.access.models import Role
from zhiji.access.roles import permissions
from zhiji.config.tests.doors.asked import gathered

COLUMNS = [Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER, Role.SALES, Role.SERVICE, Role.ANALYST]
AGREED = """
audit:read        A
contacts:reveal   A M   S V
customers:export  A M K S V
customers:merge   A M
customers:read    A M K S V N
customers:write   A M   S V
facts:read        A M K S V N
facts:write       A
messages:read     A M K S V
messages:write    A M K
quarantine:write  A M
reports:read      A M K S V N
rules:read        A M K S V N
rules:write       A M K
segments:read     A M K S V N
segments:write    A M K
settings:read     A M
settings:write    A
sources:read      A M K     N
sources:write     A
users:write       A
"""


def test_every_role_may_what_was_agreed() -> None:
    letters = dict(zip(COLUMNS, "AMKSVN", strict=True))
    drawn = {
        one.name: "".join(letter for role, letter in letters.items() if role in one.roles)
        for one in permissions().values()
    }
    agreed = (line.split(maxsplit=1) for line in AGREED.split("\n") if line)
    assert drawn == {name: "".join(row.split()) for name, row in agreed} | gathered("ROLES")
