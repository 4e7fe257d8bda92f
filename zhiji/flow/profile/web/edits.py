"""Edit in place: each answers the left card anew."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile import actions
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.portrait import PARTS
from zhiji.flow.profile.sealed import of_roots
from zhiji.flow.profile.timeline import part_labels
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.web.record import shown, who
from zhiji.flow.profile.words import GENDERS
from zhiji.kernel.given import whole
from zhiji.kernel.places import PROVINCES
from zhiji.records.queries import declared


def card(request: HttpRequest, user: User, pk: int, **more: Any) -> HttpResponse:
    """The left card as it is now; 422 with the reason when something wouldn't do."""
    answer = render(request, "profile/_who.html", who(shown(user, pk), user, **more))
    answer.status_code = 422 if more.get("error") else 200
    return answer


@require_http_methods(["GET", "POST"])
def attribute(request: HttpRequest, pk: int) -> HttpResponse:
    """The little form of one part, or its new value; `?part=`, as a custom field may be called anything."""
    part = request.GET.get("part", "")
    user = asker(request)
    require(user, "customers:write")
    portrait = shown(user, pk)
    control = _control(portrait, part, user)
    if request.method == "GET":
        context = {"portrait": portrait, "part": part, "label": control.field.label, "one": control}
        return render(request, "profile/_part.html", context)
    value: Any = control.field.widget.value_from_datadict(request.POST, request.FILES, "value")
    value = value.strip() if isinstance(value, str) else value
    if (value or None) == (control.initial or None):
        return card(request, user, pk)
    changes = {part: (value or None) if part.startswith("attributes.") else value}
    if part == "birthday":
        changes["birthday_calendar"] = request.POST.get("calendar", "solar")
    try:
        actions.edit_attributes(customer_ids=[portrait.pk], changes=changes, by=user)
    except ValueError as error:
        return card(request, user, pk, error=str(error))
    return card(request, user, pk)


def _shown(portrait: Portrait, part: str) -> Any:
    """What a part is now, as the form shows it: a sealed value masked."""
    if not part.startswith("attributes."):
        return getattr(portrait, part)
    value = portrait.attributes.get(part.removeprefix("attributes."), "")
    return of_roots([portrait.pk], value).masked(value)


def _control(portrait: Portrait, part: str, user: User) -> forms.BoundField:
    """The form's one field, with what the part is now. Raises Http404 for a part that isn't for the user."""
    key = part.removeprefix("attributes.")
    fields = declared() if part.startswith("attributes.") else {}
    field = fields.get(key)
    if field is not None and not (field.writable_by(user) and field.archived_at is None):
        raise Http404
    if field is None and part not in PARTS and not (part.startswith("attributes.") and key in portrait.attributes):
        raise Http404
    value = _shown(portrait, part)
    form = forms.Form(auto_id=False)
    form.fields["value"] = made = field.control() if field else _part_control(part, value)
    made.label = field.label if field else part_labels().get(part, key)
    form.initial = {"value": value}
    return form["value"]


def _part_control(part: str, value: Any) -> forms.Field:
    """How a part that every customer has, or one that nobody declared, is typed."""
    if part == "gender":
        return forms.ChoiceField(choices=[("", "–"), *((one, GENDERS[one]) for one in ("female", "male"))])
    if part == "region":
        more = [(value, value)] if value and value not in PROVINCES else []
        return forms.ChoiceField(choices=[("", "–"), *((one, one) for one in PROVINCES), *more])
    if part == "birthday":
        return forms.CharField(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    return forms.CharField(max_length=400)


@require_POST
def custom(request: HttpRequest, pk: int) -> HttpResponse:
    """A custom field by name and value."""
    user = asker(request)
    name = " ".join(request.POST.get("name", "").split())
    changes = {f"attributes.{name}": request.POST.get("value", "").strip()[:400] or None} if name else {}
    try:
        actions.edit_attributes(customer_ids=[shown(user, pk).pk], changes=changes, by=user)
    except ValueError as error:
        return card(request, user, pk, error=str(error))
    return card(request, user, pk)


@require_POST
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the customer over, or to nobody."""
    user = asker(request)
    wanted = whole(request.POST.get("owner"))
    person = None if wanted is None else get_object_or_404(User, pk=wanted)
    actions.assign_owner(customer_ids=[shown(user, pk).pk], owner=person, by=user)
    try:
        return card(request, user, pk)
    except Http404:  # a salesperson gave the customer away and sees it no more
        return HttpResponse(status=204, headers={"HX-Redirect": "/customers/"})


@require_POST
def priority(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the service priority."""
    user = asker(request)
    wanted = request.POST.get("priority", "")
    if wanted not in {"0", "1", "2", "3"}:
        raise Http404
    actions.set_priority(customer_ids=[shown(user, pk).pk], priority=int(wanted), by=user)
    return card(request, user, pk)


@require_POST
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a tag."""
    user = asker(request)
    try:
        actions.add_tag(customer_ids=[shown(user, pk).pk], tag=request.POST.get("tag", ""), by=user)
    except ValueError as error:
        return card(request, user, pk, error=str(error))
    return card(request, user, pk)


@require_POST
def untag(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tag off."""
    user = asker(request)
    try:
        actions.remove_tag(customer_ids=[shown(user, pk).pk], tag=request.POST.get("tag", ""), by=user)
    except ValueError as error:
        return card(request, user, pk, error=str(error))
    return card(request, user, pk)


@require_POST
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a consent or its withdrawal for a channel."""
    user = asker(request)
    channel = request.POST.get("channel", "")
    if channel not in channel_labels():
        raise Http404
    actions.set_consent(
        customer_ids=[shown(user, pk).pk], channel=channel, granted=bool(request.POST.get("granted")), by=user
    )
    return card(request, user, pk)
