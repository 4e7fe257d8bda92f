"""A segment's members as a file: those the asker may see, contact values masked as on the screen, with the reason."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.actions import note_export
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.queries import only_owner, visible_to
from zhiji.flow.segment import deferring, queries
from zhiji.flow.segment.explain import presentation
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.models import MemberExport, Segment, SegmentMembership
from zhiji.flow.segment.queries import sized
from zhiji.flow.segment.spreadsheet import TooManyRows, Write, comma_separated, workbook
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.kernel.listing import one_after_another
from zhiji.records.columns import Column
from zhiji.work.notices.telling import notify

AT_ONCE = 2_000
PART = 500
KEPT = timedelta(days=7)
FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def ask(*, by: User, segment: Segment, query: str, columns: Sequence[str], form: str, language: str) -> MemberExport:
    """Make the row of the file that `by` wants of these members. Raises Forbidden."""
    require(by, "segments:read")
    require(by, "customers:export")
    return MemberExport.objects.create(
        segment=segment,
        by=by,
        query=query,
        columns=list(columns),
        form=form,
        language=language,
        total=sized([segment], only_owner(by))[0].size,
    )


def at_once(asked: MemberExport, as_of: datetime) -> IO[bytes]:
    """The file of few members, in memory, with its audit line; its row is gone."""
    file = io.BytesIO()
    rows = put(asked, file, as_of, lambda done: None)
    file.seek(0)
    with transaction.atomic():
        MemberExport.objects.filter(pk=asked.pk).delete()
        _note(asked, rows)
    return file


def in_background(asked: MemberExport) -> None:
    deferring.export(asked.pk)


@transaction.atomic
def cancel(*, by: User, asked: MemberExport) -> bool:
    """Call an export off. False when it is finished already."""
    rows = MemberExport.objects.filter(pk=asked.pk, by=by, finished_at=None)
    if not rows.update(state=MemberExport.State.CANCELLED, finished_at=clock.now()):
        return False
    audit("export cancelled", asked.segment, by=by, form=asked.form)
    return True


def folder() -> Path:
    path: Path = settings.HOME / "exports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_of(asked: MemberExport) -> Path:
    return folder() / f"{asked.pk}.{asked.form}"


def write(export_id: int, as_of: datetime) -> None:
    """Write an asked file, keeping its row up to date; one that was called off or finished is left alone."""
    asked = MemberExport.objects.select_related("segment", "by").filter(pk=export_id, finished_at=None).first()
    if asked is None:
        return
    _forget(as_of)
    rows = MemberExport.objects.filter(pk=export_id, finished_at=None)
    rows.update(state=MemberExport.State.RUNNING)

    def progress(done: int) -> None:
        if not rows.update(done=done):
            raise InterruptedError

    path, state, reason = file_of(asked), MemberExport.State.DONE, ""
    part, taken = path.with_suffix(".part"), 0
    try:
        with part.open("wb") as file:
            taken = put(asked, file, as_of, progress)
        part.rename(path)
    except InterruptedError:
        state = MemberExport.State.CANCELLED
    except TooManyRows:
        with translation.override(asked.language):
            state, reason = MemberExport.State.FAILED, _("工作表最多 1,048,576 行，请改用 CSV 导出。")
    part.unlink(missing_ok=True)
    with transaction.atomic():
        if not rows.update(state=state, reason=reason, finished_at=clock.now()):
            return
        if state == MemberExport.State.DONE:
            _note(asked, taken)
        if state != MemberExport.State.CANCELLED:
            about = ("segment.memberexport", asked.pk)
            notify(f"export {state.value}", [asked.by_id], about, {"rows": taken}, key=f"export:{asked.pk}")


def _note(asked: MemberExport, rows: int) -> None:
    note_export(
        of=asked.segment, query=asked.query, columns=asked.columns, rows=rows, whole=True, form=asked.form, by=asked.by
    )


def put(asked: MemberExport, file: IO[bytes], as_of: datetime, progress: Callable[[int], None]) -> int:
    """Write the members into a file, a page of them at a time, and say how many rows they made.

    `progress(done)` may raise to call it off.
    """
    with translation.override(asked.language):
        opened: AbstractContextManager[Write] = (
            workbook(file, asked.segment.name) if asked.form == "xlsx" else comma_separated(file)
        )
        done = rows = 0
        with opened as row:
            listing = Listing(asked.by, QueryDict(), asked.columns)
            labels = [str(one.label) for one in listing.columns]
            row([_("编号"), _("姓名"), *labels, _("记入时间"), _("为什么")])
            for part in _parts(asked, as_of):
                for one in _rows(part, listing):
                    row(one)
                    rows += 1
                done += len(part)
                progress(done)
    return rows


def members_of(segment: Segment, user: User, query: QueryDict) -> QuerySet[SegmentMembership]:
    """The members that the page's filters leave, of those `user` may see."""
    return queries.members_found(segment, user, query.get("q", ""), query.get("since", ""))


def _parts(asked: MemberExport, as_of: datetime) -> Iterator[list[SegmentMembership]]:
    found = members_of(asked.segment, asked.by, QueryDict(asked.query))
    cursor = ""
    while True:
        part = page(found, order=("-customer_id",), size=PART, cursor=cursor)
        recall(part.rows, as_of, asked.by)
        yield part.rows
        if not part.next:
            return
        cursor = part.next


def _rows(part: Sequence[SegmentMembership], listing: Listing) -> Iterator[list[Any]]:
    shown = visible_to(listing.user).select_related("owner").in_bulk([one.customer_id for one in part])
    cells = {row.customer_id: values for row, values in listing.cells(list(shown.values()))}
    for one in part:
        if one.customer_id not in shown:
            continue
        reasons = one_after_another(f"{why['sentence']}（{why['value']}）" for why in presentation.reasons(one.why))
        values = [_plain(value, column) for column, value in cells[one.customer_id]]
        yield [one.customer_id, shown[one.customer_id].name, *values, _moment(one.since), reasons]


def _plain(value: Any, column: Column) -> Any:
    look = column.look
    if value is None or value == "":
        return ""
    if column.field is not None:
        return column.field.written(value)
    if look == "badge":
        return str(value[0])
    if look == "badges":
        return " ".join(value)
    if isinstance(value, datetime):
        return _moment(value)
    return value if look in {"money", "number"} else str(value)


def _moment(value: datetime) -> str:
    return value.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")


def _forget(as_of: datetime) -> None:
    """Delete the files of a week ago."""
    for old in MemberExport.objects.filter(asked_at__lt=as_of - KEPT):
        file_of(old).unlink(missing_ok=True)
        old.delete()
