"""Addresses of custom fields, and of the lists of every kind of records."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from zhiji.kernel.registry import offered
from zhiji.records.kind import RecordKind
from zhiji.records.web import acting, boards, fields, lists


def of_kind(kind: RecordKind) -> list[URLPattern]:
    """The pages of a kind, under its path."""
    given: dict[str, Any] = {"kind": kind}
    pages: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
        "": (lists.listed, kind.key),
        "count/": (lists.count, f"{kind.key}_count"),
        "filters/": (lists.filters, f"{kind.key}_filters"),
        "export/": (lists.export, f"{kind.key}_export"),
        "views/": (lists.keep_view, f"{kind.key}_save_view"),
        "views/<int:pk>/removal/": (lists.drop_view, f"{kind.key}_remove_view"),
    }
    if kind.acts:
        pages["acts/<slug:act>/"] = (acting.act, f"{kind.key}_act")
    if kind.board is not None:
        pages["board/"] = (boards.board, f"{kind.key}_board")
    if kind.day:
        pages["calendar/"] = (boards.calendar, f"{kind.key}_calendar")
    return [path(f"{kind.path}{part}", view, given, name=name) for part, (view, name) in pages.items()]


urlpatterns = [
    path("settings/fields/", fields.listed, name="fields"),
    path("settings/fields/new/", fields.new, name="field_new"),
    path("settings/fields/<int:pk>/", fields.edit, name="field"),
    path("settings/fields/<int:pk>/place/", fields.move, name="field_place"),
    path("settings/fields/<int:pk>/archival/", fields.archive, name="field_archival"),
    path("deeds/<int:pk>/undo/", acting.undo, name="deed_undo"),
    *(pattern for kind in offered(RecordKind) for pattern in of_kind(kind)),
]
