"""The customer's page: who, what happened, and the panels that desks offer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.profile import contacts
from zhiji.flow.profile import timeline as story
from zhiji.flow.profile.models import Consent, Portrait
from zhiji.flow.profile.offers.filters import PRIORITIES
from zhiji.flow.profile.panel import Panel
from zhiji.flow.profile.queries import people, tag_names, tags_of, visible_portrait
from zhiji.flow.profile.sealed import of_roots
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.words import CHANNELS, GENDERS, word_of
from zhiji.flow.resolve.queries import identities, redirects
from zhiji.kernel.given import whole
from zhiji.kernel.registry import offered


@require_safe
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a customer; of a merged one, the page of the one it was merged into."""
    user = asker(request)
    portrait = shown(user, pk)
    if portrait.pk != pk:
        return redirect("customer", pk=portrait.pk)
    context = {
        **who(portrait, user),
        **_timeline(request, pk),
        "kinds": story.kinds(pk)[:14],
        "panels": _panels(request, portrait, user),
        "redirects": redirects(pk),
        "may_merge": may(user, "customers:merge"),
        "said": request.session.pop("said", None),
    }
    return render(request, "profile/customer.html", context)


def shown(user: User, pk: int) -> Portrait:
    """The portrait, if the user may see it; else there is no such page."""
    try:
        return visible_portrait(user, pk)
    except Portrait.DoesNotExist as error:
        raise Http404 from error


def who(portrait: Portrait, user: User, clear: dict[int, str] | None = None, **more: Any) -> dict[str, Any]:
    """What the left card shows; `clear` are contact points in clear, and then sealed attributes are so too."""
    pk = portrait.pk
    sealed = of_roots([pk], portrait.attributes)
    attributes = (sealed.masked if clear is None else sealed.clear)(portrait.attributes)
    words = {word.channel: word for word in Consent.objects.filter(customer_id=pk, purpose="marketing")}
    return {
        "portrait": portrait,
        "kind_word": word_of("kind", portrait.customer.kind),
        "parts": _parts(portrait, attributes),
        "clear": clear,
        "hidden": bool(sealed.values),
        "contacts": contacts.masked(pk),
        "identities": identities(pk)[:20],
        "tags": tags_of([pk]).get(pk, []),
        "every_tag": tag_names(),
        "owners": people(),
        "priorities": PRIORITIES,
        "consents": [(channel, label, words.get(channel)) for channel, label in CHANNELS],
        "may_write": may(user, "customers:write"),
        "may_reveal": may(user, "contacts:reveal"),
        **more,
    }


def _parts(portrait: Portrait, attributes: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(part, label, value) of what can be edited in place, custom fields last."""
    labels = story.part_labels()
    values = {
        "name": portrait.name,
        "gender": GENDERS.get(portrait.gender, portrait.gender),
        "birthday": birthday(portrait),
        "region": portrait.region,
        "city": portrait.city,
    }
    custom = [(f"attributes.{name}", name, value) for name, value in sorted(attributes.items())]
    return [*((part, labels[part], value) for part, value in values.items()), *custom]


def birthday(portrait: Portrait) -> str:
    """The date of birth, with the lunar calendar's mark for those who keep that."""
    if portrait.birthday is None:
        return ""
    text = portrait.birthday.isoformat()
    lunar = portrait.birthday_calendar == Portrait.Calendar.LUNAR
    return _("%(day)s（农历）") % {"day": text} if lunar else text


def _panels(request: HttpRequest, portrait: Portrait, user: User) -> list[tuple[Panel, str]]:
    """The panels that have something to show, each already drawn."""
    drawn: list[tuple[Panel, str]] = []
    for panel in sorted(offered(Panel), key=lambda one: one.position):
        if panel.permission and not may(user, panel.permission):
            continue
        if context := panel.context(portrait.pk, user):
            drawn.append((panel, render_to_string(panel.template, {**context, "portrait": portrait}, request)))
    return drawn


def _timeline(request: HttpRequest, pk: int) -> dict[str, Any]:
    wanted = [one for one in request.GET.getlist("kind") if one][:20]
    until = request.GET.get("until", "")
    page = story.timeline(pk, wanted, request.GET.get("cursor", ""), until=_second(until))
    kept = [*(("kind", one) for one in wanted), *([("until", until)] if until else [])]
    more = urlencode([*kept, ("cursor", page.next)]) if page.next else ""
    return {"page": page, "kind": wanted[0] if wanted else "", "more": more}


LAST_SECOND = 253_402_300_000  # of the year 9999


def _second(text: str) -> datetime | None:
    """The end of a second of the epoch: the timeline then begins with what happened in it."""
    second = whole(text, LAST_SECOND)
    if second is None:
        return None
    return datetime.fromtimestamp(second + 1, UTC) - timedelta(microseconds=1)


@require_safe
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The next entries, or those of one kind."""
    user = asker(request)
    portrait = shown(user, pk)
    context = {**_timeline(request, portrait.pk), "portrait": portrait, "may_reveal": may(user, "contacts:reveal")}
    whole = "cursor" not in request.GET
    if whole:
        context["kinds"] = story.kinds(portrait.pk)[:14]
    return render(request, "profile/_timeline.html" if whole else "profile/_entries.html", context)
