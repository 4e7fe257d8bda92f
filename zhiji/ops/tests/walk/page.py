"""A page as the walk reads it: where it leads, what can be filled in, and the words a person sees."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import urlencode

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
UNREAD = frozenset(("script", "style", "code", "pre", "kbd", "svg", "textarea"))
SAID = ("title", "aria-label", "placeholder", "data-confirm")
SENDING = ("hx-post", "hx-put", "hx-patch", "hx-delete")


Follows = Literal["person", "htmx", "script"]
WHO: dict[str, Follows] = {"href": "person", "src": "person", "hx-get": "htmx"}


CHARTED = re.compile(r'"url": ("/[^"]*")')


@dataclass
class Control:
    """One thing to fill in. `options` are the values of a select, of a group of radios or of one box."""

    name: str
    type: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    required: bool = False
    chosen: bool = False
    limits: dict[str, str] = field(default_factory=dict)


@dataclass
class Form:
    """What is sent to `action`: by a form or by an htmx element, within `page`."""

    action: str
    method: str
    page: str
    htmx: bool = False
    controls: list[Control] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """`links` are addresses within the product, by who follows them; `errors` what is said of faults."""

    path: str
    links: dict[str, Follows] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rail: list[str] = field(default_factory=list)
    whole: bool = False
    language: str = ""
    shape: set[str] = field(default_factory=set)


def read(path: str, html: str) -> Page:
    """Read a page or a part of one that came from `path`."""
    reader = _Reader(path)
    reader.feed(html)
    reader.close()
    return reader.done()


ERRORS = (
    "errorlist",
    "invalid-feedback",
    "alert-danger",
    "text-danger",
    "alert-warning",
    "zj-toast-error",
    "zj-errors",
)


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.page = Page(path)
        self.open: list[tuple[str, str]] = []
        self.form: Form | None = None
        self.select: Control | None = None
        self.inner: list[tuple[Form, Form | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append((tag, given.get("class", "") + (" [alert]" if given.get("role") == "alert" else "")))
        self.page.whole = self.page.whole or tag == "main"
        self.page.shape.add(f"{tag}.{given.get('class', '')}")
        if tag == "html":
            self.page.language = given.get("lang", "")
        if tag == "form" and given.get("method") != "dialog":
            self._form(given)
        self._addresses(tag, given)
        self._control(tag, given)
        if not self._unread():
            self.page.words += [given[name] for name in SAID if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = None
        while self.open and tag in [one for one, _ in self.open]:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.open and self.open[-1][0] == "textarea" and self.form.controls:
            self.form.controls[-1].value += data
        if self.open and self.open[-1][0] == "script":  # of a chart, whose parts are links
            self.page.links |= {json.loads(link): "person" for link in CHARTED.findall(data)}
        text = " ".join(data.split())
        if not text or self._unread():
            return
        self.page.words.append(text)
        if any(mark in looks for _, looks in self.open for mark in (*ERRORS, "[alert]")):
            self.page.errors.append(text)

    def done(self) -> Page:
        for one, around in self.inner:
            if around is not None:
                one.controls += around.controls
        return self.page

    def _unread(self) -> bool:
        """Whether this is code or a technical name, marked as such."""
        return any(tag in UNREAD or "zj-code" in looks for tag, looks in self.open)

    def _form(self, given: dict[str, str]) -> None:
        action = given.get("action") or self.page.path
        self.form = Form(action, given.get("method", "get").lower(), self.page.path)
        if not any(name in given for name in SENDING):
            self.page.forms.append(self.form)

    def _addresses(self, tag: str, given: dict[str, str]) -> None:
        for name in SENDING:
            if name in given:
                one = Form(given[name], name.removeprefix("hx-"), self.page.path, htmx=True)
                one.fixed = _pairs(given.get("hx-vals", ""))
                if tag == "button" and given.get("name"):
                    one.fixed[given["name"]] = given.get("value", "")
                self.page.forms.append(one)
                self.inner.append((one, self.form))
        for name, value in given.items():
            if name == "href" and any("zj-rail-nav" in looks for _, looks in self.open):
                self.page.rail.append(value)
            if name in ("action", "value", "content", *SENDING) or not value.startswith("/") or value.startswith("//"):
                continue
            if not any(sign in value for sign in " <>{"):
                vals = urlencode(_pairs(given.get("hx-vals", ""))) if name == "hx-get" else ""
                self.page.links.setdefault(
                    value + (f"?{vals}" if vals and "?" not in value else ""), WHO.get(name, "script")
                )

    def _control(self, tag: str, given: dict[str, str]) -> None:
        if tag == "option" and self.select is not None:
            self.select.options.append(given.get("value", ""))
            if "selected" in given:
                self.select.value = given.get("value", "")
        if self.form is None or not given.get("name") or "disabled" in given:
            if tag == "button" and self.form is not None and given.get("type", "submit") == "submit":
                self.form.buttons.append(("", ""))
            return
        if tag == "button" and given.get("type", "submit") == "submit":
            self.form.buttons.append((given["name"], given.get("value", "")))
        elif tag in ("input", "select", "textarea"):
            kind = given.get("type", "text") if tag == "input" else tag
            limits = {name: given[name] for name in ("min", "max", "pattern", "maxlength") if name in given}
            made = Control(
                given["name"], kind, given.get("value", ""), [], "required" in given, "checked" in given, limits
            )
            self.form.controls.append(made)
            self.select = made if tag == "select" else None


def _pairs(text: str) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in json.loads(text).items()}
    except ValueError:
        return {}
