"""The step that gives a customer to somebody: in turn, or by region."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from zhiji.access.models import Role, User
from zhiji.flow.act.chain import grouped
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.flow.profile.actions import assign_owner
from zhiji.flow.profile.models import Portrait

NOBODY = gettext_noop("这个角色没有在职的人")
NO_REGION = gettext_noop("没有人负责客户所在的地区")
KEPT = gettext_noop("已有负责人")
WAYS = {"round_robin": gettext_lazy("轮流"), "region": gettext_lazy("按客户地区")}


def run(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    """Customers who have an active owner keep them unless `replace`; the rest get one of the role's active users."""
    portraits = Portrait.objects.select_related("owner").in_bulk([entry.customer_id for entry in entries])
    staff = list(User.objects.filter(role=parameters["role"], is_active=True).order_by("id"))
    outcomes: dict[int, Outcome] = {}
    rosters: dict[str, list[RuleEntry]] = defaultdict(list)
    people: dict[str, list[User]] = {}
    for entry in entries:
        portrait = portraits.get(entry.customer_id)
        owner = portrait.owner if portrait else None
        if owner is not None and owner.is_active and not parameters.get("replace"):
            outcomes[entry.pk] = Outcome("skipped", {"reason": KEPT, "owner": str(owner)})
            continue
        region = portrait.region if portrait and parameters.get("by") == "region" else None
        chosen = staff if region is None else [user for user in staff if region in user.regions]
        if not chosen:
            outcomes[entry.pk] = Outcome("skipped", {"reason": NO_REGION if staff else NOBODY})
            continue
        roster = f"{parameters['role']}:{region or ''}"
        rosters[roster].append(entry)
        people[roster] = chosen
    given: dict[int, list[RuleEntry]] = defaultdict(list)
    names = {user.pk: user for user in staff}
    for roster, waiting in sorted(rosters.items()):
        first = _take_turns(roster, len(waiting))
        for number, entry in enumerate(waiting):
            user = people[roster][(first + number) % len(people[roster])]
            given[user.pk].append(entry)
            outcomes[entry.pk] = Outcome("done", {"owner": str(user)})
    for user_id, theirs in given.items():
        for caused, some in grouped(theirs):
            assign_owner(
                customer_ids=[entry.customer_id for entry in some], owner=names[user_id], by=None, cause=caused
            )
    return [outcomes[entry.pk] for entry in entries]


def _take_turns(roster: str, count: int) -> int:
    """The number of the first of `count` turns. One statement, so that two workers never take the same turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO act_turn (roster, given) VALUES (%s, %s)
            ON CONFLICT (roster) DO UPDATE SET given = act_turn.given + EXCLUDED.given RETURNING given
            """,
            [roster, count],
        )
        return int(cursor.fetchone()[0]) - count


def check(parameters: dict[str, Any]) -> None:
    if not User.objects.filter(role=parameters["role"], is_active=True).exists():
        raise ValueError(_("这个角色还没有在职的人，请先添加用户或换一个角色"))


def sentence(parameters: dict[str, Any]) -> str:
    role = Role(parameters.get("role", Role.SALES)).label
    said = {"role": role}
    by_region = parameters.get("by") == "region"
    told = _("按客户地区分给%(role)s") % said if by_region else _("轮流分给%(role)s") % said
    return told if not parameters.get("replace") else _("%(told)s（已有负责人的也重新分）") % {"told": told}


STEP = Step(
    kind="assign_owner",
    label=gettext_lazy("分配负责人"),
    icon="user-check",
    parameters=(
        Parameter(
            "by",
            gettext_lazy("怎么分"),
            "choice",
            default="round_robin",
            choices=lambda: [(value, str(label)) for value, label in WAYS.items()],
        ),
        Parameter(
            "role",
            gettext_lazy("分给谁"),
            "choice",
            default=Role.SALES.value,
            choices=lambda: [(value, str(label)) for value, label in Role.choices],
        ),
        Parameter("replace", gettext_lazy("已有负责人的客户也重新分"), "flag", required=False),
    ),
    run=run,
    sentence=sentence,
    check=check,
)
