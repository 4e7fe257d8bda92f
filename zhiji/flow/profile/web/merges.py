"""Merge two customers with a preview, take them apart, erase one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import require
from zhiji.flow.profile import actions, contacts
from zhiji.flow.profile.queries import search, tags
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.web.record import shown
from zhiji.flow.resolve.actions import AlreadyOne
from zhiji.flow.resolve.models import Redirect
from zhiji.flow.resolve.queries import identities, tree
from zhiji.kernel.given import whole
from zhiji.kernel.models import Fact


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview of merging `other` into this customer, or the merge."""
    user = asker(request)
    require(user, "customers:merge")
    portrait = shown(user, pk)
    given = whole(request.GET.get("other", "") or request.POST.get("other", ""))
    if given is None:
        raise Http404
    other = shown(user, given)
    if request.method == "GET":
        sides = [
            {
                "portrait": one,
                "contacts": contacts.masked(one.pk),
                "identities": identities(one.pk)[:6],
                "tags": tags(one.pk),
                "facts": Fact.objects.filter(customer_id__in=tree(one.pk)).order_by()[:10001].count(),
            }
            for one in (portrait, other)
        ]
        return render(request, "profile/_merge.html", {"portrait": portrait, "other": other, "sides": sides})
    try:
        actions.merge_customers(loser=other.pk, winner=portrait.pk, by=user)
        request.session["said"] = [_("已合并。全部行为仍保留各自的记录，可以随时拆分。"), ""]
    except AlreadyOne:
        request.session["said"] = [_("这两位已经是同一位客户。"), ""]
    return redirect("customer", pk=portrait.pk)


@require_safe
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """Who might be the same: what the search finds, without this customer."""
    user = asker(request)
    require(user, "customers:merge")
    portrait = shown(user, pk)
    found = [one for one in search(user, request.GET.get("q", ""), 8) if one.pk != portrait.pk]
    masks = contacts.masked_values([one.pk for one in found], "phone")
    context = {
        "portrait": portrait,
        "found": [(one, masks.get(one.pk, "")) for one in found],
        "asked": bool(request.GET.get("q", "").strip()),
    }
    return render(request, "profile/_candidates.html", context)


@require_POST
def unmerge(request: HttpRequest, pk: int, redirect: int) -> HttpResponse:
    """Lift one redirect."""
    user = asker(request)
    shown(user, pk)
    actions.unmerge_customers(redirect=get_object_or_404(Redirect, pk=redirect), by=user)
    request.session["said"] = [_("已拆分，两位客户各自恢复到未合并时的样子。"), ""]
    return _to(pk)


def _to(pk: int) -> HttpResponse:
    return redirect("customer", pk=pk)


@require_POST
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase the person."""
    user = asker(request)
    actions.erase_customer(customer_id=shown(user, pk).pk, by=user)
    request.session["said"] = [_("已抹除。联系方式与身份无法再恢复，行为记录不再指向任何人。"), ""]
    return _to(pk)
