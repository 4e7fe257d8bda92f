"""Import a file: chunk by chunk, each in one transaction with how far it came.

Whatever ends a run (a kill, a cancel, a full disk), the same file with the same mapping goes on where it was;
after the end it changes nothing. `rows = taken + known + older + failed` holds at every commit.
"""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.files import derive, failures, mapping, reading
from zhiji.flow.collect.files.checking import Checker, Fault
from zhiji.flow.collect.files.mapping import BadMapping, Mapping
from zhiji.flow.collect.files.record import Origin, Record, Refusal, Taken
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.collect.queries.words import words
from zhiji.kernel import clock
from zhiji.kernel.culprits import said
from zhiji.kernel.listing import listed, one_after_another
from zhiji.work.notices.telling import notify

log = structlog.get_logger()
State = ImportRun.State
LOCK = 0x7A6A66  # with a run's id: who is at it


class Overtaken(Exception):
    """Another process is importing the same file now; wait for it."""


@dataclass(frozen=True)
class Progress:
    """How far an import came; `share` from 0 to 1, `seconds_left` None at the start."""

    run_id: int
    rows: int
    taken: int
    known: int
    failed: int
    share: float
    seconds_left: float | None


def _silent(progress: Progress) -> None:
    pass


def run(
    file: Path,
    given: Path | Table[str, Any],
    progress: Callable[[Progress], None] = _silent,
    cancel: threading.Event | None = None,
    by: User | None = None,
) -> ImportRun:
    """Import `file` by a mapping (a TOML file or the same as a dictionary) and return the run with its counts.

    Raises BadMapping or reading.UnreadableFile before anything is taken; Overtaken if the same import runs now.
    """
    return carry_on(open_run(file, mapping.load(given), by), progress, cancel)


def open_run(file: Path, described: Mapping, by: User | None, state: State = State.RUNNING) -> ImportRun:
    """The unfinished run of this file with this mapping, else a new one."""
    require(by, "sources:write")
    header = reading.header(file, described.encoding, described.delimiter)
    missing = [column for column in described.columns.values() if column not in header]
    if missing:
        said = {"column": missing[0], "known": ", ".join(header)}
        raise BadMapping(_("文件里没有“%(column)s”这一列；有的列是 %(known)s") % said)
    mark = _fingerprint(file, described)
    with transaction.atomic():
        open_ = ImportRun.objects.filter(fingerprint=mark).exclude(state=State.DONE).order_by("-id").first()
        if open_ is not None:
            return open_
        opened = ImportRun.objects.create(
            kind=described.kind,
            file=str(file),
            fingerprint=mark,
            mapping=msgspec.to_builtins(described),
            by=by,
            state=state,
            size=reading.size(file),
            language=get_language() or settings.LANGUAGE_CODE,
            started_at=clock.now(),
        )
        audit("import started", opened, by=by, kind=described.kind, file=file.name)
    return opened


def carry_on(
    row: ImportRun, progress: Callable[[Progress], None] = _silent, cancel: threading.Event | None = None
) -> ImportRun:
    """Import what is left of a run, in its asker's language. Raises Overtaken when another process is at it."""
    with override(row.language), _alone(row):
        row.refresh_from_db()
        if row.state == State.DONE:
            return row
        if row.state in (State.FAILED, State.CANCELLED):
            row.cancel_asked = False
        row.state, row.reason, row.ended_at = State.RUNNING, "", None
        row.save(update_fields=["state", "reason", "cancel_asked", "ended_at"])
        try:
            stopped = _Importing(row, progress).all(cancel or threading.Event())
            _end(row, State.CANCELLED if stopped else State.DONE)
        except Overtaken:
            raise
        except (BadMapping, reading.UnreadableFile, FileNotFoundError) as error:
            _end(row, State.FAILED, str(error))
        except BaseException as error:
            _end(row, State.FAILED, f"{type(error).__name__}: {said(error)}")
            raise
    return row


@contextlib.contextmanager
def _alone(row: ImportRun) -> Iterator[None]:
    """Hold the run for this process; the database lets go of it when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, row.pk])
        if not cursor.fetchone()[0]:
            raise Overtaken(_("另一个进程正在导入这个文件，请等它结束"))
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, row.pk])


class _Importing:
    def __init__(self, row: ImportRun, progress: Callable[[Progress], None]) -> None:
        self.row, self.progress = row, progress
        self.file = Path(row.file)
        self.mapping = mapping.load(row.mapping)
        self.origin = Origin(self.mapping.namespace)
        self.record: Record = self.mapping.record
        header = reading.header(self.file, self.mapping.encoding, self.mapping.delimiter)
        self.checker = Checker(self.mapping, header, words())
        if self.mapping.lines is not None:
            (order,) = (one for one in self.record.fields if one.name == "id")
            derive.prepare(self.checker.database, self.mapping, self.checker.reading(order), self.file.parent)
        self.failures = failures.File(row, [*header])
        self.began, self.began_at = time.monotonic(), row.position

    def all(self, cancel: threading.Event) -> bool:
        """Take every chunk that is left; True when it was cancelled."""
        skip = self.row.rows
        for chunk in reading.chunks(self.file, self.mapping.encoding, self.mapping.delimiter, skip):
            if cancel.is_set() or ImportRun.objects.filter(pk=self.row.pk, cancel_asked=True).exists():
                return True
            self.one(chunk)
            self.progress(self._progress())
        return False

    def one(self, chunk: reading.Chunk) -> None:
        checked = self.checker.check(chunk.rows)
        with transaction.atomic():
            taken = _take(self.record, checked.good, self.origin)
            bad = [*checked.bad, *map(_fault, taken.refused)]
            rows = {row for row, _field, _reason in bad}
            left_out = [one for one in [*checked.left_out, *map(_fault, taken.left_out)] if one[0] not in rows]
            named = [(row, self._column(field), reason) for row, field, reason in bad]
            named += [(row, *self._told(faults)) for row, faults in _by_row(left_out)]
            written = self.failures.add(chunk, named)
            self._note(chunk, taken, written, len(bad) + len(chunk.misshapen), len(left_out))

    def _column(self, field: str) -> str:
        return self.mapping.columns.get(field, field)

    def _told(self, faults: list[Fault]) -> tuple[str, str]:
        """The columns whose values a row went in without, and why, on one line: mended, it is one row again."""
        columns = listed(self._column(field) for _row, field, _reason in faults)
        reasons = one_after_another(
            reason if len(faults) == 1 else f"{self._column(field)}：{reason}" for _row, field, reason in faults
        )
        return columns, _("没有写入这个值，其余已收：%(reason)s") % {"reason": reasons}

    def _note(self, chunk: reading.Chunk, taken: Taken, failures_bytes: int, failed: int, left_out: int) -> None:
        row, before = self.row, self.row.rows
        figures = {
            "rows": before + chunk.count,
            "taken": row.taken + taken.taken,
            "known": row.known + taken.known,
            "older": row.older + taken.older,
            "failed": row.failed + failed,
            "left_out": row.left_out + left_out,
            "position": chunk.position,
            "failures_bytes": failures_bytes,
            "failures_file": self.failures.path.name if failures_bytes else "",
        }
        if not ImportRun.objects.filter(pk=row.pk, rows=before).update(**figures):
            raise Overtaken(_("另一个进程正在导入这个文件，请等它结束"))
        for name, value in figures.items():
            setattr(row, name, value)

    def _progress(self) -> Progress:
        row, passed = self.row, time.monotonic() - self.began
        done = row.position - self.began_at
        left = passed * (row.size - row.position) / done if done > 0 else None
        share = row.position / row.size if row.size else 1.0
        return Progress(row.pk, row.rows, row.taken, row.known, row.failed, share, left)


def _take(record: Record, rows: Any, origin: Origin) -> Taken:
    """Take rows; of those the database refuses, find which by halving, so that the rest goes in."""
    if not rows.num_rows:
        return Taken(0, 0)
    try:
        with transaction.atomic():
            return record.take(rows, origin)
    except (DataError, IntegrityError) as error:
        if rows.num_rows == 1:
            reason = _("数据库不接受：%(reason)s") % {"reason": str(error).splitlines()[0]}
            return Taken(0, 0, [Refusal(rows["_row"][0].as_py(), "", reason)])
    half = rows.num_rows // 2
    first, second = _take(record, rows.slice(0, half), origin), _take(record, rows.slice(half), origin)
    return Taken(
        first.taken + second.taken,
        first.known + second.known,
        first.refused + second.refused,
        first.left_out + second.left_out,
        first.older + second.older,
    )


def _by_row(faults: list[Fault]) -> Iterator[tuple[int, list[Fault]]]:
    found: dict[int, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault[0], []).append(fault)
    yield from found.items()


def _fault(one: Refusal) -> Fault:
    return one.row, one.field, one.reason


def _end(row: ImportRun, state: State, reason: str = "") -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        return
    row.state, row.reason, row.ended_at = state, reason, clock.now()
    with transaction.atomic():
        row.save(update_fields=["state", "reason", "ended_at"])
        if row.by_id and state in (State.DONE, State.FAILED):
            told = {"rows": row.rows, "failed": row.failed}
            kind, key = f"import {state.value}", f"import:{row.pk}:{row.ended_at:%Y-%m-%dT%H:%M:%S}"
            notify(kind, [row.by_id], ("collect.importrun", row.pk), told, key=key)
    log.info("import ended", run=row.pk, state=state.value, rows=row.rows, taken=row.taken, failed=row.failed)


def _fingerprint(file: Path, described: Mapping) -> str:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    digest.update(described.fingerprint.encode())
    return digest.hexdigest()
