"""The page of what went wrong inside: facts that a stage couldn't take, and fact names that the lake can't be given."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.roles import require
from zhiji.flow.collect.actions import aside as actions
from zhiji.flow.collect.queries import aside as queries
from zhiji.flow.collect.web.tabs import tabs
from zhiji.kernel.facts import fact_types
from zhiji.kernel.given import whole
from zhiji.kernel.keyset import page


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What is set aside, newest first."""
    require(request.user, "quarantine:write")  # type: ignore[arg-type]
    found = page(queries.set_aside(), size=50, cursor=request.GET.get("cursor", ""))
    known = fact_types()
    context = {
        "tabs": tabs("aside"),
        "page": found,
        "rows": [
            (row, known[row.name].label if row.name in known else row.name, queries.why(row), queries.detail(row))
            for row in found.rows
        ],
        "lanes": [(lane, queries.why(lane), queries.detail(lane)) for lane in queries.lanes()[:200]],
    }
    return render(request, "collect/aside.html", context)


@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Try the chosen ones again or drop them (`id` many times), or try the lake again (`verb` lanes)."""
    ids = [one for text in request.POST.getlist("id")[:500] if (one := whole(text)) is not None]
    verb, by = request.POST.get("verb"), request.user
    if verb == "lanes":
        count = actions.try_lanes(by=by)  # type: ignore[arg-type]
        told = _("马上再写一次：%(count)s 种行为")
    elif verb == "drop":
        count = actions.drop(ids, by=by)  # type: ignore[arg-type]
        told = ngettext("已丢弃 %(count)s 条", "已丢弃 %(count)s 条", count)
    else:
        count = actions.try_again(ids, by=by)  # type: ignore[arg-type]
        told = _("马上再试：%(count)s 条。仍不行的会留在这里")
    if count:
        messages.success(request, told % {"count": count})
    else:
        messages.error(request, _("一条也没有：请先勾选；已经处理好的不再在这里"))
    return redirect("aside")
