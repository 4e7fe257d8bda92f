"""Imports that people ask for on a page: kept with their file, run by the worker, taken up again after a kill."""

import re
import shutil
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.files import failures, importing, mapping
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel import room
from zhiji.kernel.listing import listed
from zhiji.kernel.loops import beat

State = ImportRun.State
ENDINGS = (".csv", ".txt", ".parquet")
LOOP = "imports"


class WrongFile(ValueError):
    """This file can't be taken; the message says what to send instead."""


def keep(name: str, content: IO[bytes], *, by: User | None) -> UUID:
    """Keep an uploaded file until its import is done. Returns its ticket. Raises WrongFile, Forbidden."""
    require(by, "sources:write")
    plain = re.sub(r"[^\w.\-一-鿿]+", "_", Path(name).name)[-100:]
    if not plain.lower().endswith(ENDINGS):
        raise WrongFile(_("只收 %(endings)s 文件；Excel 请另存为 CSV") % {"endings": listed(ENDINGS)})
    ticket = uuid4()
    place = uploads() / str(ticket)
    place.mkdir(mode=0o700)
    try:
        with (place / plain).open("wb") as file:
            shutil.copyfileobj(content, file)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        if room.full(error):
            raise WrongFile(_("磁盘满了，文件没有收下；请腾出空间后再上传")) from error
        raise
    return ticket


def kept(ticket: UUID) -> Path:
    """The file of a ticket. Raises FileNotFoundError."""
    for file in (uploads() / str(ticket)).glob("*"):
        return file
    raise FileNotFoundError(_("这个文件已经不在了，请重新上传"))


def ask(*, file: Path, given: dict[str, Any], by: User | None) -> ImportRun:
    """Have a kept file imported by the worker. Raises BadMapping, UnreadableFile, Forbidden."""
    return importing.open_run(file, mapping.load(given), by, state=State.WAITING)


@transaction.atomic
def cancel(*, run: ImportRun, by: User | None) -> bool:
    """Stop a run after the chunk in hand; what went in stays. False when it had ended."""
    require(by, "sources:write")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in (State.WAITING, State.RUNNING):
        return False
    if run.state == State.WAITING:
        run.state = State.CANCELLED
    run.cancel_asked = True
    run.save(update_fields=["state", "cancel_asked"])
    audit("import cancelled", run, by=by)
    return True


@transaction.atomic
def resume(*, run: ImportRun, by: User | None) -> bool:
    """Have a stopped run go on where it was. False when it wasn't stopped."""
    require(by, "sources:write")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in (State.CANCELLED, State.FAILED):
        return False
    run.state, run.cancel_asked, run.reason = State.WAITING, False, ""
    run.save(update_fields=["state", "cancel_asked", "reason"])
    audit("import resumed", run, by=by)
    return True


def runs() -> QuerySet[ImportRun]:
    """Every import there was."""
    return ImportRun.objects.select_related("by")


def work() -> bool:
    """Run the oldest import that waits or whose process died. Returns whether there was one."""
    for run in ImportRun.objects.filter(state__in=(State.WAITING, State.RUNNING)).order_by("id"):
        try:
            importing.carry_on(run, lambda now: beat(LOOP, run=now.run_id, rows=now.rows))
        except importing.Overtaken:
            continue
        if run.state == State.DONE and Path(run.file).is_relative_to(uploads()):
            shutil.rmtree(Path(run.file).parent, ignore_errors=True)
        return True
    return False


def uploads() -> Path:
    """Where uploaded files wait for their import, a folder each."""
    place = failures.folder() / "uploads"
    place.mkdir(mode=0o700, exist_ok=True)
    return place
