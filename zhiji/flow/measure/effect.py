"""What a rule changed: entries who reached the goal against those held out, counted the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from zhiji.flow.act.models import Rule
from zhiji.flow.measure.intervals import Interval, difference_of_shares
from zhiji.flow.profile.queries import owned_sql
from zhiji.kernel.properties import property_sql

Arm = Literal["treated", "held_out"]


@dataclass(frozen=True)
class ArmCount:
    """One arm of a rule: entries, of whom `reached` the goal, with how many facts and what amount."""

    entries: int = 0
    reached: int = 0
    facts: int = 0
    amount: float = 0.0

    @property
    def share(self) -> float:
        return self.reached / self.entries if self.entries else 0.0

    @property
    def amount_each(self) -> float:
        return self.amount / self.entries if self.entries else 0.0


@dataclass(frozen=True)
class Effect:
    """A rule's treated and held-out arms, the messages it sent, and the difference of the shares with its bounds."""

    treated: ArmCount
    held_out: ArmCount
    sent: int
    opened: int
    clicked: int

    @property
    def interval(self) -> Interval:
        return difference_of_shares(
            (self.treated.reached, self.treated.entries), (self.held_out.reached, self.held_out.entries)
        )


# Each entry with what its customer did towards the goal afterwards: merges are followed, and the window is the
# same for both arms, so entries that are still young weigh on both alike.
REACHED = f"""
    SELECT entry.id, root.root_id AS customer_id, entry.state = 'held_out' AS held_out, entry.entered_at,
           goal.facts, goal.amount
    FROM act_ruleentry AS entry
    JOIN resolve_customer AS root ON root.id = entry.customer_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS facts, coalesce(sum({property_sql("amount", "number", "fact.properties")}), 0) AS amount
        FROM resolve_customer AS same
        JOIN kernel_fact AS fact ON fact.customer_id = same.id
        WHERE same.root_id = root.root_id AND fact.name = %(fact)s
          AND fact.occurred_at > entry.entered_at
          AND fact.occurred_at <= least(entry.entered_at + make_interval(days => %(days)s), %(as_of)s)
    ) AS goal
    WHERE entry.rule_id = %(rule)s AND entry.entered_at <= %(as_of)s AND {owned_sql("root.root_id")}
"""


def effect_of(rule: Rule, as_of: datetime, owner: int | None = None) -> Effect:
    """Count both arms of a rule and its messages, as of a moment; of one owner's customers if given."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT held_out, count(*), count(*) FILTER (WHERE facts > 0), sum(facts), sum(amount)"
            f" FROM ({REACHED}) AS reached GROUP BY held_out",
            _parameters(rule, as_of, owner),
        )
        arms = {row[0]: ArmCount(row[1], row[2], int(row[3]), float(row[4])) for row in cursor.fetchall()}
        cursor.execute(
            "SELECT count(*) FILTER (WHERE sent_at <= %(as_of)s), count(*) FILTER (WHERE opened_at <= %(as_of)s),"
            " count(*) FILTER (WHERE clicked_at <= %(as_of)s)"
            " FROM deliver_message AS message JOIN resolve_customer AS root ON root.id = message.customer_id"
            f" WHERE rule_id = %(rule)s AND {owned_sql('root.root_id')}",
            _parameters(rule, as_of, owner),
        )
        sent, opened, clicked = cursor.fetchone()
    return Effect(arms.get(False, ArmCount()), arms.get(True, ArmCount()), sent, opened, clicked)


def customers_of(rule: Rule, arm: Arm, reached: bool | None, as_of: datetime, owner: int | None = None) -> list[int]:
    """Root ids of an arm's customers (of one owner's, if given), newest entry first, at most 10,000; `reached` keeps
    those (not) at the goal."""
    condition = {None: "TRUE", True: "facts > 0", False: "facts = 0"}[reached]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id FROM ({REACHED}) AS reached WHERE held_out = %(held_out)s AND {condition}"
            " GROUP BY customer_id ORDER BY max(entered_at) DESC LIMIT 10000",
            {**_parameters(rule, as_of, owner), "held_out": arm == "held_out"},
        )
        return [row[0] for row in cursor.fetchall()]


def _parameters(rule: Rule, as_of: datetime, owner: int | None) -> Mapping[str, Any]:
    return {
        "rule": rule.pk,
        "fact": rule.goal.get("fact", "order_paid"),
        "days": int(rule.goal.get("days", 14)),
        "as_of": as_of,
        "owner": owner,
    }
