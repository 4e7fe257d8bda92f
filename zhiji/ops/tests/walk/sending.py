"""Every form that a role sees is sent: empty, with a required text missing, and filled in well."""

import httpx

from zhiji.ops.tests.walk.filling import Filling, empty, lacking, well
from zhiji.ops.tests.walk.page import Form, read
from zhiji.ops.tests.walk.visitor import APART, Visitor, matched

TAKEN = {200, 204, 286, 301, 302, 303, 409, 422}
LAST = ("users/", "accounts/", "i18n/")
"""What ends sessions or turns the language comes at the end."""


def send_all(visitor: Visitor) -> int:
    """Send the forms found so far and those that their answers bring; returns how many were filled in well."""
    sent: set[tuple[object, ...]] = set()
    while left := [key for key in visitor.walk.forms if key not in sent]:
        key = min(left, key=lambda one: (_place(str(one[0])), left.index(one)))
        sent.add(key)
        form = visitor.walk.forms[key]
        if form.method != "get" and (form.buttons or form.htmx):
            _send(visitor, form)
            visitor.wander_on()
    return len(sent)


def take_files(visitor: Visitor) -> None:
    """Ask for each file that the pages offer, while what it is of is there."""
    offered = {key: form for key, form in visitor.walk.forms.items() if str(key[0]).endswith("/export/")}
    for form in offered.values():
        _send(visitor, form)
    visitor.wander_on()
    given = {match.route for match in map(matched, (name.partition(" ")[2] for name in visitor.walk.files)) if match}
    for missing in {str(route) for route, *_ in offered} - given:
        visitor.trouble(f"no file came from {missing}")


def _place(route: str) -> int:
    return next((place for place, start in enumerate(LAST, 1) if route.startswith(start)), 0)


def _send(visitor: Visitor, form: Form) -> None:
    _check(visitor, form, visitor.send(form, empty(form)), "empty")
    for filling in lacking(form):
        answer = visitor.send(form, filling)
        _check(visitor, form, answer, "with a gap")
        _check_kept(visitor, form, answer, filling)
    bare = all(one.type == "hidden" for one in form.controls)  # nothing to fill in: it is done
    for name, value in dict.fromkeys(form.buttons) or [("", "")]:
        if bare and not name:
            continue
        filling = well(form)
        if name:
            filling.fields.append((name, value))
        answer = visitor.send(form, filling)
        _check(visitor, form, answer, "filled in")
        if answer.has_redirect_location and visitor.thorough and not form.action.startswith(APART):
            visitor.open(answer.headers["Location"], found_on=form.page)


def _check(visitor: Visitor, form: Form, answer: httpx.Response, how: str) -> None:
    name = f"the form for {form.action} on {form.page}, {how},"
    if answer.status_code not in TAKEN and answer.status_code < 500 and not _gone(visitor, form):
        visitor.trouble(f"{name} answers {answer.status_code}: {answer.text[:80]!r}")
    if answer.status_code == 422 and not _said(answer):
        visitor.trouble(f"{name} is refused without a word")


def _gone(visitor: Visitor, form: Form) -> bool:
    """Whether the page, or the form on it, isn't there any more since another form was sent."""
    page = visitor.http.get(form.page)
    return page.status_code in (403, 404) or form.action not in page.text


def _said(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("HX-Trigger") or read(answer.request.url.path, answer.text).errors)


def _check_kept(visitor: Visitor, form: Form, answer: httpx.Response, filling: Filling) -> None:
    """A page that comes back with a refusal still holds what was typed."""
    if answer.status_code != 422 or "<main" not in answer.text:
        return
    lost = [text for text in filling.kept if text not in answer.text]
    if lost:
        visitor.trouble(f"the form for {form.action} on {form.page} loses what was typed: {lost}")
