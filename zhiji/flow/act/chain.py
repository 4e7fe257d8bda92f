"""The loop guard: every fact a rule causes says which rules led to it.

A fact recorded for a step carries `_rules`, the chain of rule keys, its own rule last. A rule takes nobody in by
a fact it stands behind itself, and no chain grows beyond LONGEST.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.triggers.occurrence import chain_in

LONGEST = 5


def carried(entry: RuleEntry) -> dict[str, Any]:
    """What a step puts into the properties of a fact it records for this entry."""
    return {"_rules": list(entry.why.get("chain", ())), "_entry": entry.pk}


def barred(rule_key: str, chain: Sequence[str]) -> bool:
    """Whether a rule must not fire on something these rules caused."""
    return rule_key in chain or len(chain) >= LONGEST


def chains_in(facts: str) -> Mapping[int, tuple[str, ...]]:
    """By root customer, the longest chain of the facts' table, for those of whom it holds nothing else.

    A change of a customer who also did something of their own in the same batch counts as their own doing.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {facts} WHERE properties ? '_rules')")
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(
            f"""
            SELECT c.root_id, (array_agg(b.properties->'_rules' ORDER BY length(b.properties->>'_rules') DESC))[1]
            FROM {facts} b JOIN resolve_customer c ON c.id = b.customer_id
            GROUP BY c.root_id HAVING bool_and(b.properties ? '_rules')
            """
        )
        return {root: chain_in(rules) for root, rules in cursor.fetchall()}


def grouped(entries: Iterable[RuleEntry]) -> list[tuple[dict[str, Any], list[RuleEntry]]]:
    """Entries by what led to them, each group with the cause its facts carry, for actions on many customers."""
    groups: dict[tuple[str, ...], list[RuleEntry]] = {}
    for entry in entries:
        groups.setdefault(tuple(entry.why.get("chain", ())), []).append(entry)
    return [
        ({"by": f"rule:{chain[-1] if chain else ''}", "_rules": list(chain)}, some) for chain, some in groups.items()
    ]
