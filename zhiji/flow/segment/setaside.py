"""A definition that can't be evaluated is set aside, so that all others go on; it is tried again by a build of it.

Its members stay as they were, and whoever shows them says since when. It is tried again after an edit, when the
workers start (with another release, it may be), and in between ever more seldom; a build that succeeds ends it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import duckdb
import structlog
from django.db import DataError, InterfaceError, OperationalError
from django.utils.translation import gettext as _

from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.models import Trouble
from zhiji.flow.segment.world import advance

log = structlog.get_logger()
NOT_THEIRS = (OperationalError, InterfaceError)
"""Errors that say nothing of the definition: the database is away, or broke off in favour of another."""
SOON, SELDOM = timedelta(minutes=1), timedelta(hours=1)
VALUES = (DataError, duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


def in_parts(keys: Sequence[str], act: Callable[[list[str]], None]) -> dict[str, Exception]:
    """Act for all of these definitions together; where that fails, for one half, then for the other.

    Returns those for whom it fails when they are alone, with the error.
    """
    try:
        act(list(keys))
    except NOT_THEIRS:
        raise
    except Exception as error:
        if not keys:
            raise
        if len(keys) == 1:
            return {keys[0]: error}
        half = len(keys) // 2
        return in_parts(keys[:half], act) | in_parts(keys[half:], act)
    return {}


def set_aside(errors: Mapping[str, Exception], since: datetime, now: datetime) -> None:
    """Set these definitions aside, in the caller's transaction; their members are right as of `since`."""
    known = dict(Trouble.objects.filter(of__in=list(errors)).values_list("of", "tries"))
    for of, error in errors.items():
        log.error("a definition can't be evaluated and is set aside", definition=of, exc_info=error)
        tries = known.get(of, 0) + 1
        told = {"reason": reason(error), "detail": str(error)[:2000] or type(error).__name__, "tries": tries}
        told["next_try"] = now + min(SELDOM, SOON * 2 ** min(tries - 1, 10))
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
