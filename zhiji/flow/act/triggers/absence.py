"""The trigger of silence: N days after something, something else has not happened."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.occurrence import chain_in, check_name
from zhiji.flow.act.triggers.wording import Names


class Absence(msgspec.Struct, tag_field="kind", tag="absence", frozen=True, forbid_unknown_fields=True):
    """`days` after the fact `after`, unless `without` came meanwhile. No timer per customer: an index read per tick."""

    clock_driven: ClassVar[bool] = True
    after: str
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    without: str

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """Facts whose wait ended in the span, and late ones of the batch whose wait had ended before it.

        A wait that ended before the switching on doesn't count; one that goes on does. `without` is looked for
        until `as_of`, so that after a pause of the worker nobody is reminded of what was done in it.
        """
        wait = timedelta(days=self.days)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH ripe AS (
                    SELECT id, customer_id, occurred_at, properties FROM kernel_fact
                    WHERE name = %(after)s AND occurred_at > %(from)s AND occurred_at <= %(until)s
                      AND occurred_at >= %(enabled)s
                    UNION
                    SELECT fact_id, customer_id, occurred_at, properties FROM {moment.facts}
                    WHERE name = %(after)s AND occurred_at <= %(from)s AND occurred_at >= %(enabled)s
                )
                SELECT c.root_id, ripe.id, ripe.occurred_at, ripe.properties->'_rules'
                FROM ripe JOIN resolve_customer c ON c.id = ripe.customer_id
                WHERE NOT EXISTS (
                    SELECT FROM resolve_customer same
                    JOIN kernel_fact later ON later.customer_id = same.id AND later.name = %(without)s
                    WHERE same.root_id = c.root_id AND later.occurred_at <= %(as_of)s
                      AND later.occurred_at >= ripe.occurred_at
                      AND (later.occurred_at > ripe.occurred_at OR %(after)s <> %(without)s OR later.id > ripe.id)
                )
                ORDER BY ripe.occurred_at, ripe.id
                """,
                {
                    "after": self.after,
                    "without": self.without,
                    "from": moment.since - wait,
                    "until": moment.as_of - wait,
                    "enabled": moment.enabled_at - wait,
                    "as_of": moment.now or moment.as_of,
                },
            )
            rows = cursor.fetchall()
        for root, fact_id, at, rules in rows:
            why = {"after": self.after, "days": self.days, "without": self.without, "fact_id": fact_id}
            late = (moment.now or moment.as_of) - (at + wait)
            yield Candidate(root, f"absence:{fact_id}", at + wait, why, chain_in(rules), late)

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when a fact's name won't do."""
        check_name(self.after)
        check_name(self.without)

    def sentence(self, names: Names) -> str:
        return _("客户「%(after)s」后 %(days)s 天内没有「%(without)s」") % {
            "after": names.fact(self.after),
            "days": self.days,
            "without": names.fact(self.without),
        }
