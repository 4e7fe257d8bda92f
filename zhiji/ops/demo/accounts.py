"""Who works in the demo: one person of each role, three salespeople by region, one password for all."""

from dataclasses import dataclass, field

from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import Role, User
from zhiji.ops.demo import words

PASSWORD = "zhiji-demo-2026"  # noqa: S105 - the demo's, said on the screen


@dataclass(frozen=True)
class Account:
    """`what` says in English what this person looks at, for the welcome."""

    username: str
    name: str
    role: Role
    what: str
    regions: list[str] = field(default_factory=list)


ACCOUNTS = (
    Account("admin", "沈知微", Role.ADMINISTRATOR, "everything"),
    Account("manager", "顾明远", Role.MANAGER, "customers, rules, figures"),
    Account("marketer", "林晓棠", Role.MARKETER, "segments, rules, messages, coupons"),
    Account("sales-east", "陆思源", Role.SALES, "own customers and tasks, east", words.EAST),
    Account("sales-south", "何嘉宁", Role.SALES, "own customers and tasks, south", words.SOUTH),
    Account("sales-north", "秦浩然", Role.SALES, "own customers and tasks, north", words.NORTH),
    Account("service", "苏念", Role.SERVICE, "customers and their orders"),
    Account("analyst", "江若澄", Role.ANALYST, "figures, contacts masked"),
)


@transaction.atomic
def open_accounts() -> None:
    """Make the accounts that aren't there."""
    for one in ACCOUNTS:
        if User.objects.filter(username=one.username).exists():
            continue
        user = User.objects.create_user(
            username=one.username,
            email=f"{one.username}@example.com",
            password=PASSWORD,
            role=one.role,
            display_name=one.name,
            regions=one.regions,
        )
        audit("user created", user, by=None, role=one.role.value)
