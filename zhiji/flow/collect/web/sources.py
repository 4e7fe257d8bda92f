"""Pages of sources: list, one with its key, snippets and what it says right now."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may, require
from zhiji.flow.collect.actions import sources as actions
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.queries import sources as queries
from zhiji.flow.collect.web.forms import SourceForm
from zhiji.flow.collect.web.snippets import snippets
from zhiji.kernel.facts import fact_types


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The tabs of the sources and the table of names."""
    entries = (("sources", _("来源")), ("event_names", _("事件名对照")))
    return [(label, reverse(name), name == here) for name, label in entries]


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every source and when it was last heard."""
    require(request.user, "sources:read")  # type: ignore[arg-type]
    context = {
        "sources": queries.sources(),
        "may_write": may(request.user, "sources:write"),  # type: ignore[arg-type]
        "tabs": tabs("sources"),
    }
    return render(request, "collect/sources.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a source."""
    require(request.user, "sources:write")  # type: ignore[arg-type]
    form = SourceForm(request.POST or None)
    if form.is_valid():
        try:
            source = actions.create_source(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except actions.BadSource as error:
            form.add_error("key", str(error))
        else:
            messages.success(request, _("来源已建好，把下面的代码放进去就能收到行为"))
            return redirect("source", key=source.key)
    return render(request, "collect/source_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """A source: key, snippets, the last facts. As a fragment, only the facts."""
    require(request.user, "sources:read")  # type: ignore[arg-type]
    source = get_object_or_404(Source, key=key)
    labels = {name: kind.label for name, kind in fact_types().items()}
    heard = [(fact, labels.get(fact.name, "")) for fact in queries.last_heard(source)]
    if request.headers.get("HX-Request"):
        return render(request, "collect/_heard.html", {"source": source, "heard": heard})
    writes = may(request.user, "sources:write")  # type: ignore[arg-type]
    written = snippets(settings.PUBLIC_URL, source.write_key if writes else _("写入密钥"))
    chosen = next((part for part in written if part.slug == request.GET.get("with")), written[0])
    context = {
        "source": source,
        "heard": heard,
        "may_write": writes,
        "chosen": chosen,
        "tabs": [(part.label, f"?with={part.slug}", part is chosen) for part in written],
    }
    return render(request, "collect/source.html", context)


@require_POST
def rotated_key(request: HttpRequest, key: str) -> HttpResponse:
    """Give the source a new write key."""
    actions.rotate_key(get_object_or_404(Source, key=key), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("写入密钥已更换，旧密钥两秒内失效；请更新各处代码"))
    return redirect("source", key=key)


@require_POST
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Enable or disable (`enabled` is 1 or 0)."""
    source = get_object_or_404(Source, key=key)
    if request.POST.get("enabled") == "1":
        actions.enable_source(source, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已启用，两秒内开始接收"))
    else:
        actions.disable_source(source, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已停用，它发来的行为会被拒收"))
    return redirect("source", key=key)
