"""Somebody of a role who opens what the product shows them, over HTTP, with the cookie of their session."""

import csv
import io
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from django.urls import Resolver404, ResolverMatch, resolve

from zhiji.ops.tests.walk.filling import Filling
from zhiji.ops.tests.walk.page import Follows, Form, Page, read
from zhiji.ops.tests.walk.said import developers_words

FORMS = 2
"""Forms of one address, with other fields each, that are filled in."""
OPEN = {200, 201, 204, 286, 301, 302, 303}
APART = ("/static/", "/api/", "/accounts/logout/")
"""Files, the API (its own tests walk it), and leaving."""
CHINESE = "zh-CN"
Kind = tuple[str, tuple[str, ...]]


@dataclass
class Walk:
    """What a visitor found: the pages opened, each kind's first; routes that answered; what was wrong; files."""

    pages: dict[str, Page] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    matches: list[ResolverMatch] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[object, ...], Form] = field(default_factory=dict)


def kind_of(address: str, thorough: bool) -> Kind | None:
    """The page's route, if `thorough` with the parameters it has; None for what no page answers."""
    match = matched(address)
    if match is None:
        return None
    if not thorough:
        return match.route, ()
    return match.route, tuple(sorted({name for name, _ in parse_qsl(urlsplit(address).query)}))


def matched(address: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(address).path)
    except Resolver404:
        return None


class Visitor:
    """A signed-in session of one of the demo's accounts, which opens each page once; who is `thorough` opens it with
    each set of parameters.
    """

    def __init__(self, url: str, name: str, password: str, thorough: bool = False) -> None:
        self.url = url
        self.name, self.walk, self.language, self.thorough = name, Walk(), CHINESE, thorough
        self.waiting: deque[tuple[str, Follows, str]] = deque()
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=60, headers={"Accept-Language": "zh-CN"})
        self.http.get("/accounts/login/")
        came = self.http.post("/accounts/login/", data={"login": name, "password": password}, headers=self._crumb())
        assert came.status_code == 302, (name, came.status_code)

    def wander(self, start: str = "/") -> None:
        """Open everything that pages lead to, one of each kind."""
        self._wait(start, "person", "")
        self.wander_on()

    def wander_on(self) -> None:
        while self.waiting:
            address, by, found_on = self.waiting.popleft()
            self.open(address, by, found_on)

    def open(self, address: str, by: Follows = "person", found_on: str = "") -> httpx.Response:
        """Open an address that `found_on` shows, and note what is wrong with the answer."""
        answer = self.http.get(address, headers={"HX-Request": "true"} if by == "htmx" else {})
        self.look(address, answer, found_on)
        if answer.status_code not in OPEN | ({405} if by == "script" else set()):
            self.trouble(f"{address} answers {answer.status_code}; {found_on or 'nobody'} leads there")
        return answer

    def send(self, form: Form, filling: Filling) -> httpx.Response:
        """Send a form."""
        headers = {**self._crumb(), **({"HX-Request": "true"} if form.htmx else {})}
        fields: dict[str, list[str]] = {}
        for name, value in filling.fields:
            fields.setdefault(name, []).append(value)
        action = urljoin(form.page, form.action)
        answer = self.http.request(
            form.method.upper(), action, data=fields, files=filling.files or None, headers=headers
        )
        self.look(f"{form.method.upper()} {action}", answer, form.page)
        return answer

    def look(self, address: str, answer: httpx.Response, found_on: str) -> Page | None:
        """Read an answer, remember where it leads, and note a failure or a developer's words."""
        match = matched(address.rpartition(" ")[2])
        if match is not None and answer.status_code in OPEN:
            self.walk.answered.add(match.route)
        if answer.status_code >= 500:
            self.trouble(f"{address} answers {answer.status_code} (from {found_on})")
        if answer.has_redirect_location:
            self._wait(urljoin(address.rpartition(" ")[2], answer.headers["Location"]), "person", address)
            return None
        if "attachment" in answer.headers.get("Content-Disposition", ""):
            self._file(address, answer)
        plain = answer.headers.get("Content-Type", "").startswith("text/plain")
        if answer.status_code >= 400 and plain and self.language == CHINESE:
            for said in developers_words([answer.text]):
                self.trouble(f"{address} says {said}")
        if "html" not in answer.headers.get("Content-Type", "") or answer.status_code in (403, 404):
            return None
        inside = answer.text.replace(f'"{self.url}/', '"/')  # letters name the house
        page = read(address.rpartition(" ")[2], inside)
        self.walk.pages.setdefault(address, page)
        self.language = page.language or self.language
        for said in developers_words(page.words) if self.language == CHINESE else ():
            self.trouble(f"{address} says {said}")
        for link, by in page.links.items():
            self._wait(urljoin(page.path, link), by, address)
        for form in page.forms:
            self._remember(form)
        return page

    def trouble(self, text: str) -> None:
        if text not in self.walk.troubles:
            self.walk.troubles.append(text)

    def _remember(self, form: Form) -> None:
        match = matched(urljoin(form.page, form.action))
        if match is None:
            self.trouble(f"{form.page} has a form for {form.action}, where nothing answers")
            return
        names = tuple(sorted({one.name for one in form.controls} | set(form.fixed)))
        self.walk.matches.append(match)
        same = [key for key in self.walk.forms if key[:2] == (match.route, form.method)]
        key = (match.route, form.method, names)
        if key in self.walk.forms:
            if self._shared(self.walk.forms[key]) and not self._shared(form):
                self.walk.forms[key] = form
        elif len(same) < FORMS:
            self.walk.forms[key] = form

    def _shared(self, form: Form) -> bool:
        """Whether another form does something to the same thing, which may then be gone."""
        thing = form.action.rstrip("/").rpartition("/")[0]
        others = (one for one in self.walk.forms.values() if one is not form and one.action != form.action)
        return any(one.action.startswith(f"{thing}/") for one in others)

    def _wait(self, address: str, by: Follows, found_on: str) -> None:
        kind = kind_of(address, self.thorough)
        if address.startswith(APART) or not address.startswith("/"):
            return
        if kind is None:
            if address.startswith("/") and by != "script" and found_on:
                self.trouble(f"{found_on} leads to {address}, where nothing answers")
            return
        if kind not in self.walk.kinds:
            self.walk.kinds.add(kind)
            match = matched(address)
            assert match is not None
            self.walk.matches.append(match)
            self.waiting.append((address, by, found_on))

    def _file(self, address: str, answer: httpx.Response) -> None:
        body = answer.content
        self.walk.files[address] = len(body)
        if not body:
            self.trouble(f"{address} gives an empty file")
        elif "csv" in answer.headers["Content-Type"]:
            head = next(csv.reader(io.StringIO(body.decode("utf-8-sig"))), [])
            if len(head) < 2 or not all(head):
                self.trouble(f"{address} gives a file without heads: {head}")

    def _crumb(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Referer": str(self.http.base_url)}
