"""A segment's members as a file: at once when they are few, else written by a worker with its progress shown."""

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from zhiji.flow.segment import export
from zhiji.flow.segment.models import MemberExport, Segment
from zhiji.flow.segment.web.segments import user_of
from zhiji.kernel import clock


@require_POST
def members(request: HttpRequest, key: str) -> HttpResponseBase:
    """Take the listed members out, with the columns chosen in the customer list."""
    segment = get_object_or_404(Segment, key=key, archived_at=None)
    form = request.POST.get("form", "csv")
    with transaction.atomic():
        asked = export.ask(
            by=user_of(request),
            segment=segment,
            query=request.POST.get("query", ""),
            columns=request.session.get("customer columns", ()),
            form=form if form in export.FORMS else "csv",
            language=get_language() or "zh-hans",
        )
        if asked.total <= export.AT_ONCE:
            return _file(export.at_once(asked, clock.now()), asked)
    export.in_background(asked)
    return redirect("segment", key=key)


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an export is."""
    return _state(request, pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call an export off."""
    export.cancel(by=user_of(request), asked=_own(request, pk))
    return _state(request, pk)


@require_safe
def download(request: HttpRequest, pk: int) -> FileResponse:
    """The written file, for whoever asked for it."""
    asked = _own(request, pk)
    path = export.file_of(asked)
    if asked.state != MemberExport.State.DONE or not path.is_file():
        raise Http404
    return _file(path.open("rb"), asked)


def _state(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "segment/_export.html", {"one": _own(request, pk)})


def _own(request: HttpRequest, pk: int) -> MemberExport:
    return get_object_or_404(MemberExport.objects.select_related("segment"), pk=pk, by=user_of(request))


def _file(file: object, asked: MemberExport) -> FileResponse:
    name = f"{asked.segment.key}-{clock.day_of(clock.now()).isoformat()}.{asked.form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=export.FORMS[asked.form])
