"""Walk the product's pages and collect every figure that they show, by name and by what it is a figure of."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin

from django.test import Client
from django.urls import Resolver404, resolve

EACH = 3
"""Pages of one kind that are looked at."""
LEFT_OUT = re.compile(
    r"logout|readyz|healthz|/language|/theme|/file/|/static/|/api/|/export|/mailbox|/accounts/|/m/|/metrics"
)
FIGURE = re.compile(r'<data value="([^"]*)" data-figure="([^"]*)" data-of="([^"]*)"')
LINK = re.compile(r'(?:href|hx-get)="([^"#]+)"')
ROWS = ("-customer", "timeline")

Key = tuple[str, str]


@dataclass
class Seen:
    """Where a figure was seen, and with which value: {(name, of): {place: value}}."""

    values: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, of: str, value: Any, place: str) -> None:
        self.values.setdefault((name, of), {})[place] = value


def walk(browser: Client, starts: list[str], seen: Seen) -> list[str]:
    """Follow links from these pages, so many of each kind; returns what was asked."""
    waiting, asked, kinds = deque(starts), list[str](), Counter[str]()
    known = set(starts)
    while waiting:
        path = waiting.popleft()
        kind = _kind(path)
        if kind is None or (kinds[kind] >= EACH and path not in starts):
            continue
        kinds[kind] += 1
        answer = browser.get(path)
        asked.append(path)
        assert answer.status_code < 500, path
        if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        for value, name, of in FIGURE.findall(page):
            seen.add(unescape(name), unescape(of), unescape(value), path)
        for link in _links(page, path):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return asked


def _links(page: str, path: str) -> Iterator[str]:
    for link in LINK.findall(page):
        absolute = urljoin(path, unescape(link))
        if absolute.startswith("/") and not absolute.startswith("//") and not LEFT_OUT.search(absolute):
            yield absolute


def _kind(path: str) -> str | None:
    """The page's kind: its route, and which parameters it has."""
    bare, _mark, query = path.partition("?")
    try:
        route = resolve(bare).route
    except Resolver404:
        return None
    names = sorted({part.partition("=")[0] for part in query.split("&") if part})
    return f"{route}?{'&'.join(names)}"
