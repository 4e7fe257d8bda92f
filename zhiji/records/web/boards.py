"""The records of a list as a board, a column for each state, and as a calendar."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.views.decorators.http import require_safe

from zhiji.access.roles import may
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.records.columns import Column
from zhiji.records.kind import Board, RecordKind
from zhiji.records.listing import Listing, name_of, tabs
from zhiji.records.web.lists import addresses, of, said

CARDS, COUNTED, ON_A_DAY, IN_A_MONTH = 30, 1_000, 4, 2_000


@require_safe
def board(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """A column of cards for each state; the count and the sums are those of the whole column."""
    listing, board = of(request, kind), kind.board
    assert board is not None  # noqa: S101 - its address is there only with a board
    words = dict(getattr(kind.model._meta.get_field(board.by), "choices", ()))
    lanes = [_lane(listing, board, value, str(words[value]), colour) for value, colour in board.values]
    moving = [one for one in kind.acts if one.key in board.moves.values()]
    context = {
        "kind": kind,
        "tabs": tabs(kind, "board", listing.address("column", "sort")),
        "said": said(request),
        "lanes": lanes,
        "chips": list(listing.chips()),
        "addresses": {**addresses(kind), "page": reverse(f"{kind.key}_board")},
        "may_move": any(may(listing.user, one.permission) for one in moving),
    }
    return render(request, "records/board.html", context)


def _lane(listing: Listing, board: Board, value: str, label: str, colour: str) -> dict[str, Any]:
    kind = listing.kind
    rows = listing.rows().filter(**{board.by: value})
    order = next(one.order for one in kind.sorts if one.key == board.sort)
    cards = page(rows, order, CARDS).rows
    number = rows.order_by()[: COUNTED + 1].count()
    sums = rows.order_by().aggregate(**{column: Sum(column) for _label, column in board.sums}) if board.sums else {}
    move = board.moves.get(value, "")
    return {
        "value": value,
        "label": label,
        "colour": colour,
        "rows": _cards(listing, cards),
        "count": f"{COUNTED:,}+" if number > COUNTED else number,
        "sums": [(label, sums[column] or 0) for label, column in board.sums],
        "move": reverse(f"{kind.key}_act", args=[move]) if move else "",
        "more": number > len(cards),
        "all": f"{reverse(kind.key)}?{listing.address('column', **{board.by: value})}",
    }


def _cards(listing: Listing, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Each with the lanes that it may be laid into: those whose act fits it."""
    told, kind, board = listing.cells(rows), listing.kind, listing.kind.board
    moves = {value: act for value, key in board.moves.items() if (act := kind.act(key))} if board else {}
    return [
        {
            **_card(listing, row),
            "cells": [text for one in cells if (text := _text(*one))],
            "moves": [value for value, act in moves.items() if act.fits(row)],
        }
        for row, cells in told
    ]


def _card(listing: Listing, row: Any) -> dict[str, Any]:
    kind = listing.kind
    return {"pk": row.pk, "said": name_of(kind, row, listing.user), "url": kind.url(row) if kind.url else ""}


def _text(column: Column, value: Any) -> str:
    """A cell in a word on a card: what is no badge, of those that come by themselves."""
    if not column.shown or value in (None, "") or column.look in {"badge", "badges"}:
        return ""
    if column.look == "link":
        return str(value[0])
    return str(clock.day_of(value)) if hasattr(value, "tzinfo") else str(value)


@require_safe
def calendar(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """A month of days with what falls on each; `?month=2026-05`."""
    listing, today = of(request, kind), clock.day_of(clock.now())
    first = _month(request.GET.get("month", ""), today)
    start = first - timedelta(days=first.weekday())
    following = (first + timedelta(days=32)).replace(day=1)
    end = following + timedelta(days=-following.weekday() % 7)
    rows = listing.rows().filter(**{f"{kind.day}__gte": start, f"{kind.day}__lt": end})
    on: dict[date, list[Any]] = {}
    for row in rows.order_by(kind.day, "pk")[:IN_A_MONTH]:
        on.setdefault(getattr(row, kind.day), []).append(row)
    context = {
        "kind": kind,
        "tabs": tabs(kind, "calendar", listing.address("column", "sort", "month")),
        "month": first,
        "before": listing.address("month", month=f"{first - timedelta(days=1):%Y-%m}"),
        "after": listing.address("month", month=f"{following:%Y-%m}"),
        "names": [str(WEEKDAYS_ABBR[number]) for number in range(7)],
        "days": [_day(listing, start + timedelta(days=n), on, first, today) for n in range((end - start).days)],
        "chips": list(listing.chips()),
        "addresses": {**addresses(kind), "page": reverse(f"{kind.key}_calendar")},
    }
    return render(request, "records/calendar.html", context)


def _day(listing: Listing, day: date, on: dict[date, list[Any]], first: date, today: date) -> dict[str, Any]:
    rows, kind = on.get(day, []), listing.kind
    asked = QueryDict(listing.address("month", "column", "sort"), mutable=True)
    asked[f"{kind.day}_from"] = asked[f"{kind.day}_to"] = day.isoformat()
    return {
        "day": day,
        "inside": day.month == first.month,
        "today": day == today,
        "rows": [_card(listing, row) for row in rows[:ON_A_DAY]],
        "more": max(0, len(rows) - ON_A_DAY),
        "all": f"{reverse(kind.key)}?{asked.urlencode()}",
    }


def _month(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 1970 <= found.year <= 2199 else today.replace(day=1)
