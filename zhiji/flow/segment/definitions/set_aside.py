"""A definition that can't be evaluated is set aside, so that all others go on; it is tried again by a build of it.

Its members stay as they were, and whoever shows them says since when. It is tried again after an edit, when the
workers start (with another release, it may be), and in between ever more seldom; a build that succeeds ends it.
"""

from collections.abc import Mapping
from datetime import datetime

import duckdb
import structlog
from django.db import DataError
from django.utils.translation import gettext as _

from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.definitions.registry import advance
from zhiji.flow.segment.models import Trouble
from zhiji.kernel.culprits import next_try, said

log = structlog.get_logger()
VALUES = (DataError, duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


def set_aside(errors: Mapping[str, Exception], since: datetime, now: datetime) -> None:
    """Set these definitions aside, in the caller's transaction; their members are right as of `since`."""
    known = dict(Trouble.objects.filter(of__in=list(errors)).values_list("of", "tries"))
    for of, error in errors.items():
        log.error("a definition can't be evaluated and is set aside", definition=of, exc_info=error)
        tries = known.get(of, 0) + 1
        told = {"reason": reason(error), "detail": said(error), "tries": tries}
        told["next_try"] = next_try(tries, now)
        Trouble.objects.update_or_create(of=of, defaults=told, create_defaults={**told, "since": since})
    if errors.keys() - known.keys():
        advance()


def reason(error: Exception) -> str:
    """What kind of trouble an error tells of."""
    if isinstance(error, ConditionError):
        return "condition"
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return "memory"
    return "value" if isinstance(error, VALUES) else "other"


def words(reason: str, detail: str) -> str:
    """The trouble as a user reads it, with what to do."""
    if reason == "condition":
        return _("条件已不成立：%(detail)s 请修改条件。") % {"detail": detail}
    if reason == "memory":
        return _("计算它所需的内存超出了这台机器。请缩短时间窗或减少条件，或换一台内存更大的机器。")
    if reason == "value":
        return _("有客户的数据里有这个条件算不了的值。请修改条件，或更正这个值。")
    return _("计算时出错。请修改条件试试；仍不行，请把技术细节交给管理员。")
