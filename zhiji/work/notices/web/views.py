"""The bell, all notices, and what a person wants to be told. Everything here is one's own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.kernel.given import whole
from zhiji.work.notices import actions, queries, telling
from zhiji.work.notices.models import Notice, Rhythm
from zhiji.work.subject import seen_by

LATEST = 6


class RhythmForm(forms.Form):
    """When mails go out."""

    every = forms.ChoiceField(label=gettext_lazy("邮件"), choices=Rhythm.Every.choices)
    hour = forms.TypedChoiceField(
        label=gettext_lazy("每天汇总在几点"), coerce=int, choices=[(one, f"{one:02d}:00") for one in range(24)]
    )
    quiet = forms.BooleanField(
        label=gettext_lazy("只在工作时间发"),
        required=False,
        help_text=gettext_lazy("按工作日历：休息日和下班后不发，攒到下次上班"),
    )


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All notices, or with `?state=unread` those that wait."""
    only = request.GET.get("state") == "unread"
    found = queries.lines(_user(request), cursor=request.GET.get("cursor", ""), only_unread=only)
    return render(request, "notices/notices.html", {"page": found, "only_unread": only})


@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """How many are unread: open pages ask each minute."""
    return render(request, "notices/_count.html", _count(request))


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The last ones, for the menu of the bell."""
    found = queries.lines(_user(request), size=LATEST)
    return render(request, "notices/_latest.html", {"page": found, **_count(request)})


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All are read."""
    telling.read(_user(request).pk)
    return redirect("notices")


@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    """A line is read; answers to where it was."""
    telling.read(_user(request).pk, [_own(request, pk).bundle])
    return redirect("notices")


@require_POST
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a line is about, or to the one of several that `thing` says; the line is read with it."""
    user, one = _user(request), _own(request, pk)
    wanted = whole(request.POST.get("thing")) or one.subject_id
    same = Notice.objects.filter(user=user, bundle=one.bundle, subject_id=wanted)
    seen = seen_by(user, [(one.subject, wanted)]) if wanted is not None and same.exists() else {}
    if not seen:
        raise Http404
    telling.read(user.pk, [one.bundle])
    return redirect(next(iter(seen.values())).url)


@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    return _settings(request, _form(request))


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep one's settings."""
    user, form = _user(request), RhythmForm(request.POST)
    if not form.is_valid():
        return _settings(request, form, status=422)
    ticked = {
        kind.key: (f"bell-{kind.key}" in request.POST, f"mail-{kind.key}" in request.POST)
        for kind, _bell, _mail in queries.choices(user)
    }
    actions.choose(by=user, kinds=ticked, **form.cleaned_data)
    messages.success(request, _("通知设置已保存"))
    return redirect("notice_settings")


def _settings(request: HttpRequest, form: RhythmForm, status: int = 200) -> HttpResponse:
    user = _user(request)
    rows = [{"kind": kind, "bell": in_bell, "mail": mail} for kind, in_bell, mail in queries.choices(user)]
    context = {"form": form, "rows": rows, "address": user.email}
    return render(request, "notices/settings.html", context, status=status)


def _form(request: HttpRequest) -> RhythmForm:
    kept = queries.rhythm(_user(request))
    return RhythmForm(initial={"every": kept.every, "hour": kept.hour, "quiet": kept.quiet})


def _count(request: HttpRequest) -> dict[str, Any]:
    count = queries.unread(_user(request).pk)
    return {"unread": count, "shown": f"{queries.MOST - 1}+" if count >= queries.MOST else count}


def _own(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(Notice, pk=pk, user=_user(request))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
