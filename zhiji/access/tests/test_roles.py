"""The table of roles as it was agreed, drawn: a right that is given or taken by mistake differs from it."""

from zhiji.access.models import Role
from zhiji.access.roles import PERMISSIONS

COLUMNS = [Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER, Role.SALES, Role.SERVICE, Role.ANALYST]
AGREED = """
audit:read        A
contacts:reveal   A M   S V
coupons:read      A M K S V N
coupons:write     A M K
customers:merge   A M
customers:read    A M K S V N
customers:write   A M   S V
facts:read        A M K S V N
facts:write       A
messages:read     A M K S V
messages:write    A M K
orders:read       A M K S V N
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
tasks:read        A M K S V
tasks:write       A M K S V
users:write       A
"""


def test_every_role_may_what_was_agreed() -> None:
    letters = dict(zip(COLUMNS, "AMKSVN", strict=True))
    drawn = {
        name: "".join(letter for role, letter in letters.items() if role in roles)
        for name, roles in PERMISSIONS.items()
    }
    agreed = (line.split(maxsplit=1) for line in AGREED.split("\n") if line)
    assert drawn == {name: "".join(row.split()) for name, row in agreed}
