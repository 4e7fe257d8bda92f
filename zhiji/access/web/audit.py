"""The audit: who did what, to what, when."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhiji.access.queries import AuditFilter, audit_lines
from zhiji.access.roles import require
from zhiji.access.web.forms import AuditForm
from zhiji.access.web.me import signed_in
from zhiji.access.words import name_objects
from zhiji.kernel.keyset import page


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    require(signed_in(request), "audit:read")
    form = AuditForm(request.GET)
    wanted = AuditFilter()
    if form.is_valid():
        given = form.cleaned_data
        user = given["user"]
        wanted = AuditFilter(user.pk if user else None, given["verb"], given["type"], given["id"].strip())
    lines = page(audit_lines(wanted), order=("-id",), size=50, cursor=request.GET.get("cursor", ""))
    name_objects(lines.rows)
    partial = bool(request.headers.get("HX-Request"))
    template = "access/audit_lines.html" if partial else "access/audit.html"
    return render(request, template, {"form": form, "lines": lines, "narrowed": wanted != AuditFilter()})
