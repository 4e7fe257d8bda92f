"""The page of the working calendar: hours of a week, holidays of a year, and a deadline tried out."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.kernel import clock
from zhiji.work.calendar import actions, queries
from zhiji.work.calendar.hours import Calendar, NoWorkingTime
from zhiji.work.calendar.reading import Unread, written_holidays, written_slots

FIRST, LAST = 2000, 2099


class WeekForm(forms.Form):
    """Seven days, each a text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in WEEKDAYS.items():
            widget = forms.TextInput({"pattern": "[^A-Za-z]*", "title": "09:00-12:00, 13:00-18:00"})
            self.fields[f"day{number}"] = forms.CharField(label=name, required=False, max_length=200, widget=widget)


class YearForm(forms.Form):
    """The special days of a year, or the notice that says them."""

    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=FIRST, max_value=LAST)
    days = forms.CharField(
        label=gettext_lazy("放假与调休"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("粘贴国务院办公厅的放假通知全文，或每行写一天：2027-10-10 班 国庆节"),
    )


class TrialForm(forms.Form):
    """A deadline to work out."""

    start = forms.DateTimeField(
        label=gettext_lazy("从什么时候起"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    hours = forms.DecimalField(
        label=gettext_lazy("多少个工作小时"), min_value=0, max_value=2000, decimal_places=2, initial=8
    )


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The calendar, with the year asked for; with `start` and `hours`, the deadline they make."""
    require(_user(request), "settings:read")
    return _page(request)


@require_POST
def week(request: HttpRequest) -> HttpResponse:
    """Keep the hours of the week."""
    form = WeekForm(request.POST)
    require(_user(request), "settings:write")
    if form.is_valid():
        try:
            actions.set_week([form.cleaned_data[f"day{number}"] for number in range(7)], by=_user(request))
        except Unread as unread:
            form.add_error(None, str(unread))
        else:
            messages.success(request, _("上班时间已保存"))
            return redirect("work_calendar")
    return _page(request, week=form)


@require_POST
def year(request: HttpRequest) -> HttpResponse:
    """Keep the special days of a year."""
    form = YearForm(request.POST)
    require(_user(request), "settings:write")
    if form.is_valid():
        kept = form.cleaned_data["year"]
        try:
            count = actions.set_year(kept, form.cleaned_data["days"], by=_user(request))
        except Unread as unread:
            form.add_error("days", str(unread))
        else:
            told = {"year": kept, "count": count}
            messages.success(request, _("%(year)s 年的放假安排已保存，共 %(count)s 天") % told)
            return redirect(f"{reverse('work_calendar')}?year={kept}")
    return _page(request, year=form)


def _page(request: HttpRequest, **given: forms.Form) -> HttpResponse:
    now, known = clock.now(), queries.calendar()
    today = clock.day_of(now)
    asked = given.get("year") or YearForm({"year": request.GET.get("year", today.year)})
    chosen = asked.cleaned_data.get("year", today.year) if asked.is_valid() or "year" in asked.data else today.year
    days = {day: one for day, one in known.special.items() if day.year == chosen}
    written = {"year": chosen, "days": written_holidays(days)}
    hours = {f"day{number}": written_slots(tuple(slots)) for number, slots in enumerate(known.week)}
    trial = TrialForm(request.GET if "start" in request.GET else None, initial={"start": now.astimezone(clock.zone())})
    context = {
        "week": given.get("week") or WeekForm(initial=hours),
        "year": given.get("year") or YearForm(initial=written),
        "trial": trial,
        "told": _tried(known, trial),
        "chosen": chosen,
        "years": sorted({*queries.years(), today.year, today.year + 1}),
        "days": [{"day": day, **vars(one)} for day, one in sorted(days.items())],
        "missing": queries.missing(today),
        "may_write": may(_user(request), "settings:write"),
    }
    return render(request, "calendar/calendar.html", context, status=422 if given else 200)


def _tried(known: Calendar, trial: TrialForm) -> dict[str, Any] | None:
    """What the trial comes to, or nothing when there is none."""
    if not trial.is_bound or not trial.is_valid():
        return None
    working = timedelta(minutes=float(trial.cleaned_data["hours"] * 60))
    try:
        deadline = known.deadline(trial.cleaned_data["start"], working)
    except NoWorkingTime:
        trial.add_error("hours", _("十年里都没有这么多上班时间；请填大于 0 的小时数，或先设置上班时间"))
        return None
    steps = [{**vars(step), "hours": f"{step.used / timedelta(hours=1):.4g}"} for step in deadline.steps]
    return {"deadline": deadline, "steps": steps, "unknown": deadline.unknown}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
