"""Contact points on the customer's page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from zhiji.flow.profile import actions, contacts
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.profile.timeline import revealed
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.web.edits import card
from zhiji.flow.profile.web.record import shown
from zhiji.kernel.models import Fact


@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The values in clear, this once; it is audited."""
    user = asker(request)
    clear = contacts.reveal(shown(user, pk).pk, by=user)
    answer = card(request, user, pk, clear=clear)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def reveal_fact(request: HttpRequest, pk: int, fact: int) -> HttpResponse:
    """One entry of the timeline with its contact values in clear; it is audited."""
    user = asker(request)
    portrait = shown(user, pk)
    try:
        entry = revealed(portrait.pk, fact, by=user)
    except Fact.DoesNotExist as error:
        raise Http404 from error
    answer = render(request, "profile/_entry.html", {"one": entry, "portrait": portrait, "clear": True})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A phone, e-mail or address more."""
    user = asker(request)
    kind, value = request.POST.get("kind", ""), request.POST.get("value", "")
    try:
        actions.set_contact(customer_id=shown(user, pk).pk, kind=kind, value=value, by=user)
    except ValueError as error:
        return card(request, user, pk, error=str(error))
    return card(request, user, pk)


@require_POST
def remove(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """One contact point less."""
    user = asker(request)
    root = shown(user, pk).pk
    found = get_object_or_404(ContactPoint, pk=point, customer__root_id=root)
    actions.forget_contact(point=found, by=user)
    return card(request, user, pk)
