"""The customer's page: who, what happened, and the panels that desks offer."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.profile import contacts
from zhiji.flow.profile import timeline as story
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.offers.filters import PRIORITIES
from zhiji.flow.profile.panel import Panel
from zhiji.flow.profile.queries import called, marketing, tag_names, tags, visible_portrait
from zhiji.flow.profile.sealed import of_roots
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.words import GENDERS, word_of
from zhiji.flow.resolve.queries import identities, redirects
from zhiji.kernel.given import whole
from zhiji.kernel.registry import offered
from zhiji.records.queries import Fields, at_work, declared, hidden_from, seen


@require_safe
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a customer; of a merged one, the page of the one it was merged into."""
    user = asker(request)
    portrait = shown(user, pk)
    if portrait.pk != pk:
        return redirect("customer", pk=portrait.pk)
    context = {
        **who(portrait, user),
        **_timeline(request, pk, user),
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
    fields = declared()
    given = seen(portrait.attributes, hidden_from(user, fields))
    sealed = of_roots([pk], given)
    attributes = (sealed.masked if clear is None else sealed.clear)(given)
    words = {word.channel: word for word in marketing(pk)}
    return {
        "portrait": portrait,
        "kind_word": word_of("kind", portrait.customer.kind),
        "groups": _groups(portrait, attributes, fields, user),
        "clear": clear,
        "hidden": bool(sealed.values),
        "contacts": contacts.masked(pk),
        "identities": identities(pk),
        "tags": tags(pk),
        "every_tag": [(name, "") for name in tag_names()],
        "owners": called(),
        "priorities": PRIORITIES,
        "consents": [(channel, label, words.get(channel)) for channel, label in channel_labels().items()],
        "may_write": may(user, "customers:write"),
        "may_reveal": may(user, "contacts:reveal"),
        **more,
    }


@dataclass(frozen=True)
class Row:
    """A part of the portrait on the card."""

    part: str
    label: str
    value: Any
    editable: bool

    @property
    def linked(self) -> bool:
        """Whether the value is a link, which can't stand in a button."""
        return isinstance(self.value, SafeString)


def _groups(portrait: Portrait, attributes: dict[str, Any], fields: Fields, user: User) -> list[tuple[str, list[Row]]]:
    """(title, rows) of the card: first what every customer has, fields of no section, and whatever was told besides;
    then the sections in the order of their fields."""
    labels, writes = story.part_labels(), may(user, "customers:write")
    values = {
        "name": portrait.name,
        "gender": GENDERS.get(portrait.gender, portrait.gender),
        "birthday": birthday(portrait),
        "region": portrait.region,
        "city": portrait.city,
    }
    groups: dict[str, list[Row]] = {"": [Row(part, labels[part], value, writes) for part, value in values.items()]}
    for one in at_work(fields.values()):
        if one.readable_by(user):
            shown = one.shown(attributes[one.key]) if one.key in attributes else ""
            groups.setdefault(one.section, []).append(Row(one.path, one.label, shown, writes and one.writable_by(user)))
    told = ((name, value) for name, value in sorted(attributes.items()) if name not in fields)
    groups[""] += [Row(f"attributes.{name}", name, value, writes) for name, value in told]
    return list(groups.items())


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


def _timeline(request: HttpRequest, pk: int, user: User) -> dict[str, Any]:
    wanted = [one for one in request.GET.getlist("kind") if one][:20]
    until = request.GET.get("until", "")
    page = story.timeline(pk, user, wanted, request.GET.get("cursor", ""), until=_second(until))
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
    context = {
        **_timeline(request, portrait.pk, user),
        "portrait": portrait,
        "may_reveal": may(user, "contacts:reveal"),
    }
    whole = "cursor" not in request.GET
    if whole:
        context["kinds"] = story.kinds(portrait.pk)[:14]
    return render(request, "profile/_timeline.html" if whole else "profile/_entries.html", context)
