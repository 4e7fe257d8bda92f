"""Imports: upload a file, say what its columns are, watch it go in, fetch what failed."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.collect.files import asking, failures, preview
from zhiji.flow.collect.files.mapping import BadMapping, Mapping, likely_kind, load, records, suggest
from zhiji.flow.collect.files.reading import UnreadableFile
from zhiji.flow.collect.files.record import Record
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel import clock
from zhiji.kernel.keyset import page

State = ImportRun.State
COLOURS = {State.WAITING: "gray", State.RUNNING: "blue", State.DONE: "green", State.FAILED: "red"}
ENCODINGS = ("auto", "utf-8", "gb18030")


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
    try:
        file = asking.kept(ticket)
        encoding = _choice(request, "encoding", ENCODINGS, "auto")
        header = preview.look(file, encoding).header
    except (FileNotFoundError, UnreadableFile) as error:
        messages.error(request, str(error))
        return redirect("imports")
    kind = _choice(request, "kind", tuple(records()), likely_kind(header))
    record = records()[kind]
    chosen = _columns(request, record, header)
    given = _given(request, record, header, chosen, encoding)
    problem, mapping = "", None
    try:
        mapping = load(given)
        if request.method == "POST" and request.POST.get("start"):
            run = asking.ask(file=file, given=given, by=user)
            return redirect("import_run", pk=run.pk)
    except BadMapping as error:
        problem = str(error)
    look = _look(file, encoding, mapping)
    context = _described(record, header, chosen) | {
        "ticket": ticket,
        "file": file.name,
        "kinds": [(one.kind, one.label) for one in records().values()],
        "kind": kind,
        "encodings": ENCODINGS,
        "encoding": encoding,
        "namespace": given["namespace"],
        "problem": problem,
        "keep_rest": bool(request.POST.get("rest", request.method == "GET")),
        "look": look,
        "words": _words(record, look, given["values"]),
        "time_zone": settings.TIME_ZONE,
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
    asking.cancel(run=get_object_or_404(ImportRun, pk=pk), by=_asker(request, "sources:write"))
    return redirect("import_run", pk=pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    asking.resume(run=get_object_or_404(ImportRun, pk=pk), by=_asker(request, "sources:write"))
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


def _columns(request: HttpRequest, record: Record, header: list[str]) -> dict[str, str]:
    """field → column: as chosen, or suggested when the kind was just chosen."""
    if request.POST.get("kind_was") != record.kind:
        return suggest(record, header)
    chosen = {one.name: request.POST.get(f"column-{one.name}", "") for one in record.fields}
    return {name: column for name, column in chosen.items() if column in header}


def _given(
    request: HttpRequest, record: Record, header: list[str], chosen: dict[str, str], encoding: str
) -> dict[str, Any]:
    columns = dict(chosen)
    if record.extra and request.POST.get("rest", "1" if request.method == "GET" else ""):
        columns |= {f"{record.extra}.{name}": name for name in header if name not in chosen.values()}
    namespace = request.POST.get("namespace") or "user"
    values = _values(request, record) if request.POST.get("kind_was") == record.kind else {}
    return {
        "kind": record.kind,
        "columns": columns,
        "encoding": encoding,
        "namespace": namespace,
        "values": values,
    }


def _values(request: HttpRequest, record: Record) -> dict[str, dict[str, str]]:
    """field → what is written → what it means, as chosen."""
    found = {}
    for one in record.fields:
        chosen = zip(
            request.POST.getlist(f"word-{one.name}"), request.POST.getlist(f"meaning-{one.name}"), strict=False
        )
        found[one.name] = {word: meaning for word, meaning in chosen if meaning in one.choices}
    return {name: words for name, words in found.items() if words}


def _words(record: Record, look: preview.Look, values: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """What is written in columns of choices that nobody knows, each with what it was said to mean."""
    return [
        {
            "field": one.name,
            "label": _(one.label),
            "choices": [(choice, one.label_of(choice)) for choice in one.choices],
            "words": [(word, values.get(one.name, {}).get(word, "")) for word in look.words[one.name]],
        }
        for one in record.fields
        if one.name in look.words
    ]


def _described(record: Record, header: list[str], chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "record": record,
        "header": header,
        "fields": [(one, chosen.get(one.name, "")) for one in record.fields],
        "rest": [name for name in header if name not in chosen.values()],
    }


def _look(file: Any, encoding: str, mapping: Mapping | None) -> preview.Look:
    try:
        return preview.look(file, encoding, mapping)
    except BadMapping:
        return preview.look(file, encoding)


def _left(run: ImportRun) -> int | None:
    """Seconds to go, by the speed so far."""
    passed = (clock.now() - run.started_at).total_seconds()
    return round(passed * (run.size - run.position) / run.position) if run.position else None


def _kind(run: ImportRun) -> str:
    record = records().get(run.kind)
    return record.label if record else run.kind
