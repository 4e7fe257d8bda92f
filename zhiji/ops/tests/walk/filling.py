"""What is sent to a form: nothing, all but one required value, or what would do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from zhiji.kernel import clock
from zhiji.ops.tests.walk.page import Control, Form

Fields = list[tuple[str, str]]
FILE = ("走查.csv", "编号,姓名,手机\nwalk-1,走查一,13700000001\nwalk-2,走查二,13700000002\n".encode(), "text/csv")
PHONE = "13700000009"
TYPED = ("text", "search", "textarea", "email", "url", "tel", "number", "password", "date", "datetime-local", "time")
_number = count(1)


@dataclass
class Filling:
    """Fields to send and the files among them; `kept` are texts that a refusal must give back."""

    fields: Fields
    files: dict[str, tuple[str, bytes, str]]
    kept: tuple[str, ...] = ()


def empty(form: Form) -> Filling:
    """Nothing typed, ticked or chosen."""
    fields = [*form.fixed.items()]
    for one in form.controls:
        if one.type == "hidden":
            fields.append((one.name, one.value))
        elif one.type in TYPED or (one.type == "select" and "" in one.options):
            fields.append((one.name, ""))
        elif one.type == "select":
            fields.append((one.name, one.value or (one.options or [""])[0]))
    return Filling(fields, {})


def well(form: Form, without: str = "") -> Filling:
    """What a person might fill in; `without` leaves one field empty."""
    fields, files, kept = [*form.fixed.items()], {}, []
    for one in _of_groups(form.controls):
        if one.type == "file":
            files[one.name] = FILE
        elif one.name == without:
            fields.append((one.name, ""))
        else:
            fields += [(one.name, value) for value in _values(one)]
            if one.type in ("text", "textarea") and not one.limits.get("pattern") and not one.value:
                kept.append(fields[-1][1])
    return Filling(fields, files, tuple(kept))


def lacking(form: Form) -> Iterator[Filling]:
    """All but the first required text, when there is something else to keep."""
    for one in form.controls:
        if one.required and one.type in TYPED:
            filling = well(form, without=one.name)
            if filling.kept:
                yield filling
            return


def _of_groups(controls: list[Control]) -> Iterator[Control]:
    """Radios of one name as one control; so are boxes, of which the ticked ones or the first are taken."""
    seen = set()
    for one in controls:
        if one.type in ("radio", "checkbox"):
            if one.name in seen:
                continue
            seen.add(one.name)
            group = [other for other in controls if other.name == one.name]
            chosen = [other.value for other in group if other.chosen] or [one.value]
            yield Control(one.name, one.type, options=chosen[:1] if one.type == "radio" else chosen)
        else:
            yield one


def _values(one: Control) -> list[str]:
    if one.type in ("radio", "checkbox"):
        return [value or "on" for value in one.options]
    if one.value or one.type == "hidden":
        return [one.value]
    if one.type == "select":
        return [next((value for value in one.options if value), "")]
    if one.name == "value" and one.type in ("text", "search"):
        return [PHONE]  # of the contact that is added, whose first kind is a phone
    if one.limits.get("pattern") and not one.required and one.type == "text":
        return [""]
    today = clock.day_of(clock.now())
    made = {
        "number": one.limits.get("min", "1"),
        "email": f"walk-{next(_number)}@example.com",
        "url": "https://shop.example/",
        "tel": PHONE,
        "date": (today + timedelta(days=3)).isoformat(),
        "datetime-local": f"{today.isoformat()}T10:00",
        "time": "10:00",
        "password": "correct horse battery",
    }
    return [made.get(one.type) or f"walk-{next(_number)}"]
