"""Addresses of static files carry a mark of their content, so browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class MarkedStaticFiles(StaticFilesStorage):
    """`/static/shell/zhiji.css?v=1a2b3c4d`, the mark being the first digits of the file's SHA-256."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        mark = _mark(name or "") if not settings.DEBUG else _mark.__wrapped__(name or "")
        return f"{address}?v={mark}" if mark else address


@cache
def _mark(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:8] if found else ""
