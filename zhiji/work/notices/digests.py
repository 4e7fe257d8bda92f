"""Mails that tell a person of what is unread: planned by the clock, each handed over at most once."""

from datetime import datetime, time, timedelta
from functools import partial
from html import escape

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.kernel import clock
from zhiji.work.calendar.hours import Calendar
from zhiji.work.calendar.queries import calendar
from zhiji.work.notices.mail import Mailer, NoMail, StaffLetter, mailer
from zhiji.work.notices.models import Digest, Notice, Rhythm
from zhiji.work.notices.queries import Line, mailed, rhythm

log = structlog.get_logger()
State = Digest.State


def slot(wanted: Rhythm, known: Calendar, as_of: datetime) -> datetime | None:
    """The moment up to which what was told goes into the mail that is due now, or None when none is."""
    here = as_of.astimezone(clock.zone())
    if wanted.every == Rhythm.Every.NEVER:
        return None
    if wanted.every == Rhythm.Every.DAY:
        due = datetime.combine(here.date(), time(wanted.hour), clock.zone())
        return None if due > here or (wanted.quiet and not known.works(here.date())) else due
    minute = here.hour * 60 + here.minute
    open_now = any(opens <= minute < closes for opens, closes in known.slots(here.date()))
    return here.replace(minute=0, second=0, microsecond=0) if open_now or not wanted.quiet else None


def plan(as_of: datetime) -> int:
    """Make the mails that are due, each with what is unread of its slot; how many."""
    waiting = Notice.objects.filter(mail=True, read_at=None, digest=None)
    users = User.objects.filter(pk__in=waiting.values("user_id"), is_active=True).exclude(email="").order_by("pk")
    known, made = calendar(), 0
    for user in users:
        until = slot(rhythm(user), known, as_of)
        if until is not None:
            made += _planned(user, until)
    return made


@transaction.atomic
def _planned(user: User, until: datetime) -> int:
    """One mail of this slot, whoever plans it first; a slot that had nothing to tell has none."""
    due = Notice.objects.filter(user=user, mail=True, read_at=None, digest=None, at__lt=until)
    if not due.exists():
        return 0
    row, new = Digest.objects.get_or_create(user=user, slot=until)
    if not new:
        return 0
    due.update(digest=row)
    return 1


def send_due(as_of: datetime) -> int:
    """Plan, and hand over what is planned; how many went out. Without a mail server all wait."""
    carrier = mailer()
    if carrier is None:
        return 0
    plan(as_of)
    sent = 0
    for row in Digest.objects.filter(state=State.PLANNED).select_related("user").order_by("id"):
        try:
            sent += _send(row, carrier)
        except NoMail as down:
            log.info("staff mail waits", why=str(down))
            break
    return sent


def _send(row: Digest, carrier: Mailer) -> bool:
    told = mailed(row.user, row.pk) if row.user.is_active and row.user.email else []
    if not told:
        Digest.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.EMPTY)
        return False
    came, reply = carrier.send(letter(row, told), partial(_begin, row.pk))
    after = {"sent": State.SENT, "later": State.PLANNED, "refused": State.REFUSED}.get(came)
    if after is not None:
        Digest.objects.filter(pk=row.pk, state__in=(State.PLANNED, State.SENDING)).update(
            state=after, reply=reply[:300]
        )
    return came == "sent"


def _begin(pk: int) -> bool:
    """From here on it is never handed over again, whatever becomes of this process."""
    return bool(Digest.objects.filter(pk=pk, state=State.PLANNED).update(state=State.SENDING))


def letter(row: Digest, told: list[Line]) -> StaffLetter:
    """In the reader's language, what the reader may see, contact values masked for everybody."""
    with override(row.user.language or settings.LANGUAGE_CODE):
        count = sum(one.count for one in told)
        subject = _("知己：%(count)s 条新通知") % {"count": count}
        settings_url = settings.PUBLIC_URL + reverse("notice_settings")
        foot = _("在这里改收哪些通知、多久收一次")
        lines, items = [], []
        for one in told:
            words = _("（这条内容您已看不到）") if one.hidden else str(masked(one.text))
            lines.append(f"· {words}")
            links = [(str(masked(thing.name)), settings.PUBLIC_URL + thing.url) for thing in one.things]
            lines += [f"  {name} {url}" for name, url in links]
            named = "".join(f'<br><a href="{escape(url)}">{escape(name)}</a>' for name, url in links)
            items.append(f"<li>{escape(words)}{named}</li>")
        text = "\n".join([*lines, "", f"{foot} {settings_url}", ""])
        html = f'<ul>{"".join(items)}</ul><p><a href="{escape(settings_url)}">{escape(foot)}</a></p>'
    return StaffLetter(row.user.email, subject, text, html, f"digest {row.pk}")


def tidy(as_of: datetime, after: timedelta) -> None:
    """Delete the rows of mails long ago."""
    Digest.objects.filter(slot__lt=as_of - after).exclude(state=State.PLANNED).delete()
