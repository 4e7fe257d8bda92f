"""Saved views of the list."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhiji.flow.profile.web.customers import COLUMNS, LIST, asker
from zhiji.records.actions import remove_view, save_view
from zhiji.records.queries import views_of


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is under a name; shared ones are for everybody."""
    user = asker(request)
    query = QueryDict(request.POST.get("query", "")[:4000], mutable=True)
    query.setlist("column", request.session.get(COLUMNS, []))
    try:
        view = save_view(
            of=LIST,
            reads="customers:read",
            name=request.POST.get("name", ""),
            query=query.urlencode(),
            shared=bool(request.POST.get("shared")),
            by=user,
        )
    except ValueError as error:
        request.session["said"] = [str(error), ""]
        return redirect("customers")
    request.session["said"] = [_("已保存视图“%(name)s”。") % {"name": view.name}, ""]
    return redirect(f"{reverse('customers')}?{view.query}")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view: one's own, or a shared one by those who may."""
    user = asker(request)
    view = views_of(LIST, user).filter(pk=pk).first()
    if view is None:
        raise Http404
    remove_view(view=view, by=user)
    request.session["said"] = [_("已删除视图“%(name)s”。") % {"name": view.name}, ""]
    return redirect("customers")
