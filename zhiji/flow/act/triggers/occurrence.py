"""The trigger of a fact: something happens, with properties as asked.

What is asked of properties is what conditions ask of the facts they count: the same filters, which mean the same.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.wording import Names
from zhiji.flow.collect.protocol.names import is_kept
from zhiji.flow.segment.catalogue.passing import passing, told
from zhiji.flow.segment.conditions.where import Where, check_all

HISTORY = timedelta(days=7)
"""A fact that reaches us later than this after it happened is history that somebody loads: it fires nothing."""


class FactOccurred(msgspec.Struct, tag_field="kind", tag="fact", frozen=True, forbid_unknown_fields=True):
    clock_driven: ClassVar[bool] = False
    fact: str
    where: tuple[Where, ...] = ()

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """The fitting facts of the round that happened since the rule was switched on, oldest first."""
        if self.fact not in moment.names:
            return
        fits = passing(self.fact, self.where, moment.facts) if self.where else None
        parameters: list[Any] = [self.fact, moment.enabled_at, HISTORY]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT c.root_id, b.fact_id, b.occurred_at, b.properties->'_rules'
                FROM {moment.facts} b JOIN resolve_customer c ON c.id = b.customer_id
                WHERE b.name = %s AND b.occurred_at >= %s AND b.received_at - b.occurred_at < %s
                ORDER BY b.occurred_at, b.fact_id
                """,
                parameters,
            )
            rows = cursor.fetchall()
        for root, fact_id, at, rules in rows:
            if fits is not None and fact_id not in fits:
                continue
            why = {"fact": self.fact, "fact_id": fact_id}
            late = (moment.now or moment.as_of) - at
            yield Candidate(root, f"fact:{fact_id}", at, why, chain_in(rules), late)

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when the fact's name or a filter won't do."""
        check_name(self.fact)
        check_all("$", self.fact, self.where)

    def sentence(self, names: Names) -> str:
        happened = _("客户发生「%(fact)s」") % {"fact": names.fact(self.fact)}
        return f"{happened}（{told(self.fact, self.where)}）" if self.where else happened


def check_name(name: str) -> None:
    """Raise ValueError with advice unless `name` is written as facts are."""
    if not is_kept(name):
        raise ValueError(_("行为名「%(name)s」应由小写字母、汉字、数字和下划线组成，例如 order_paid") % {"name": name})


def chain_in(value: Any) -> tuple[str, ...]:
    """The rule keys of a fact's `_rules` property, as the cursor gives it; anything odd is no chain."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return ()
    return tuple(map(str, value)) if isinstance(value, list) else ()
