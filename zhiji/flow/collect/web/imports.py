"""Imports: upload a file, say what its columns are, watch it go in, fetch what failed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.collect.files import asking, failures, preview, reading
from zhiji.flow.collect.files.encodings import CHOICES
from zhiji.flow.collect.files.mapping import BadMapping, Mapping, likely_kind, load, records
from zhiji.flow.collect.files.reading import UnreadableFile
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.collect.queries.words import written
from zhiji.flow.collect.web import drafting
from zhiji.flow.collect.web.drafting import DELIMITERS
from zhiji.kernel import clock
from zhiji.kernel.keyset import page

State = ImportRun.State
COLOURS = {State.WAITING: "gray", State.RUNNING: "blue", State.DONE: "green", State.FAILED: "red"}


@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """The history of imports, and a file to upload."""
    user = _asker(request, "sources:write" if request.method == "POST" else "sources:read")
    given = request.FILES.get("file")
    if given is not None and given.name:
        try:
            return redirect("import_draft", ticket=asking.keep(given.name, given, by=user))
        except asking.WrongFile as error:
            messages.error(request, str(error))
    elif request.method == "POST":
        messages.error(request, _("请先选择一个文件"))
    found = page(asking.runs(), cursor=request.GET.get("cursor", ""))
    context = {
        "page": found,
        "rows": [(run, COLOURS.get(State(run.state), "orange"), _kind(run)) for run in found.rows],
        "may_write": may(user, "sources:write"),
    }
    return render(request, "collect/imports.html", context)


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """What the columns mean, with the first rows checked; POST with `start` has it imported."""
    user = _asker(request, "sources:write")
    encoding = _choice(request, "encoding", CHOICES, "auto")
    delimiter = _choice(request, "delimiter", tuple(DELIMITERS), "auto")
    try:
        file = asking.kept(ticket)
        header = reading.header(file, encoding, delimiter)
    except (FileNotFoundError, UnreadableFile) as error:
        messages.error(request, str(error))
        return redirect("imports")
    kind = _choice(request, "kind", tuple(records()), likely_kind(header))
    asked = drafting.read(request.POST, records()[kind], header, encoding, delimiter)
    problem, mapping = "", None
    try:
        mapping = load(asked.given)
        if request.method == "POST" and request.POST.get("start"):
            run = asking.ask(file=file, given=asked.given, by=user)
            return redirect("import_run", pk=run.pk)
    except BadMapping as error:
        problem = str(error)
    look = _look(file, asked, mapping)
    context = drafting.context(asked) | {
        "draft": asked,
        "ticket": ticket,
        "file": file.name,
        "kinds": [(one.kind, one.label) for one in records().values()],
        "problem": problem,
        "look": look,
        "words": drafting.words(asked, look),
        "nothing": written(),
    }
    fragment = bool(request.headers.get("HX-Request"))
    return render(request, "collect/_import_draft.html" if fragment else "collect/import_draft.html", context)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: how far it is; as a fragment, only the figures."""
    user = _asker(request, "sources:read")
    run = get_object_or_404(asking.runs(), pk=min(pk, 2**63 - 1))
    context = {
        "run": run,
        "kind": _kind(run),
        "colour": COLOURS.get(State(run.state), "orange"),
        "active": run.state in (State.WAITING, State.RUNNING),
        "left": _left(run),
        "name": run.file.rpartition("/")[2],
        "may_write": may(user, "sources:write"),
    }
    fragment = bool(request.headers.get("HX-Request"))
    return render(request, "collect/_import_run.html" if fragment else "collect/import_run.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    if not asking.cancel(run=get_object_or_404(ImportRun, pk=pk), by=_asker(request, "sources:write")):
        messages.error(request, _("这次导入已经结束，不能再取消"))
    return redirect("import_run", pk=pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    if not asking.resume(run=get_object_or_404(ImportRun, pk=pk), by=_asker(request, "sources:write")):
        messages.error(request, _("只有取消了或中断了的导入才能继续"))
    return redirect("import_run", pk=pk)


@require_safe
def failed(request: HttpRequest, pk: int) -> FileResponse:
    """The rows that failed, as CSV; it holds what the file held, so only those who import may have it."""
    _asker(request, "sources:write")
    run = get_object_or_404(ImportRun, pk=pk)
    path = failures.folder() / f"{run.pk}-failures.csv"
    if not run.failures_file or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv")


def _asker(request: HttpRequest, permission: str) -> User:
    require(request.user, permission)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


def _choice(request: HttpRequest, name: str, among: tuple[str, ...], otherwise: str) -> str:
    value = request.POST.get(name, "")
    return value if value in among else otherwise


def _look(file: Any, asked: drafting.Draft, mapping: Mapping | None) -> preview.Look:
    try:
        return preview.look(file, asked.encoding, asked.delimiter, mapping)
    except BadMapping:
        return preview.look(file, asked.encoding, asked.delimiter)


def _left(run: ImportRun) -> int | None:
    """Seconds to go, by the speed so far."""
    passed = (clock.now() - run.started_at).total_seconds()
    return round(passed * (run.size - run.position) / run.position) if run.position else None


def _kind(run: ImportRun) -> str:
    record = records().get(run.kind)
    return record.label if record else run.kind
