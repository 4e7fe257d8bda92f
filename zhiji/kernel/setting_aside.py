"""Facts that make a stage fail even alone are set aside, so that all others go on; they are tried again.

A fact that was set aside before the log is, once it can be told, a late one: what the same customer did afterwards
isn't kept waiting for it, as everything that is known is a function of the facts and their own moments. The pauses
between tries grow; an administrator can have it tried at once, or drop it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction

from zhiji.kernel.culprits import next_try, said
from zhiji.kernel.models import SetAside

log = structlog.get_logger()
COLUMNS = "message_key, name, occurred_at, received_at, source_id, customer_id, identity, also, properties, sealed"
TROUBLE = "%(stage)s, %(detail)s, %(now)s, 1, %(next)s"
OF_INBOX = f"""
    WITH gone AS (DELETE FROM kernel_accepted WHERE id = %(id)s RETURNING *)
    INSERT INTO kernel_setaside ({COLUMNS}, stage, detail, since, tries, next_try)
    SELECT {COLUMNS}, {TROUBLE} FROM gone ON CONFLICT DO NOTHING
"""
OF_LOG = f"""
    INSERT INTO kernel_setaside (message_key, name, occurred_at, received_at, source_id, customer_id, properties,
        fact_id, stage, detail, since, tries, next_try)
    SELECT message_key, name, occurred_at, received_at, source_id, customer_id, '{{}}', id, {TROUBLE}
    FROM kernel_fact WHERE id = %(id)s ON CONFLICT DO NOTHING
"""


def set_aside(how: str, number: int, error: Exception, now: datetime) -> None:
    """Take a fact out of the inbox (OF_INBOX), or remember one of the log (OF_LOG), in the caller's transaction."""
    stage = stage_of(error)
    log.error("a fact makes a stage fail and is set aside", stage=stage, number=number, exc_info=error)
    with connection.cursor() as cursor:
        told: dict[str, Any] = {"stage": stage, "detail": said(error), "now": now, "next": next_try(1, now)}
        cursor.execute(how, {**told, "id": number})


def stage_of(error: BaseException) -> str:
    """The stage in which an error was raised, as the pipeline noted it."""
    return next(iter(getattr(error, "__notes__", ())), "")


@transaction.atomic
def failed_again(row: int, error: Exception, now: datetime) -> None:
    """Say that a fact that was tried again failed again."""
    found = SetAside.objects.select_for_update().filter(pk=row).first()
    if found is not None:
        found.stage, found.detail, found.tries = stage_of(error), said(error), found.tries + 1
        found.next_try = next_try(found.tries, now)
        found.save(update_fields=["stage", "detail", "tries", "next_try"])


def due(now: datetime, limit: int, *, logged: bool) -> list[int]:
    """Those to be tried again now, in the order in which they came: ids of rows."""
    found = SetAside.objects.filter(next_try__lte=now, fact_id__isnull=not logged)
    return list(found.order_by("id").values_list("id", flat=True)[:limit])


def try_now(rows: Sequence[int], now: datetime) -> int:
    """Have these tried again at once, in the caller's transaction. Returns how many there are."""
    return SetAside.objects.filter(pk__in=rows).update(next_try=now)
