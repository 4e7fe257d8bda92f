"""The frame's own addresses: theme, command palette, and "/" until a home page takes it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.access.web.gate import public
from zhiji.kernel.alarms import alarms as offered_alarms
from zhiji.shell import palette as found
from zhiji.shell.frame import THEMES, rail

YEAR = 365 * 24 * 3600


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie and go back to the page."""
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
        if isinstance(request.user, User) and request.user.theme != chosen:
            User.objects.filter(pk=request.user.pk).update(theme=chosen)
    return response


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """The palette's list for what was typed: customers and other things first, then pages."""
    text = request.GET.get("q", "").strip()[:80]
    context = {"groups": found.hits(request.user, text), "pages": found.pages(rail(request, all_pages=True), text)}
    return render(request, "shell/palette.html", context)


@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """What administrators must hear of at once: their pages ask again and again while they are open."""
    require(request.user, "settings:write")  # type: ignore[arg-type]
    return render(request, "shell/alarms.html", {"alarms": offered_alarms()})


@require_GET
def first_page(request: HttpRequest) -> HttpResponse:
    """ "/" while no app has a page of the name `home`: the first entry of the rail."""
    for section in rail(request):
        for entry in section.entries:
            if entry.href != "/":
                return HttpResponseRedirect(entry.href)
    raise Http404
