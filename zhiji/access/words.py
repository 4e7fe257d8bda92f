"""How the audit speaks: the verbs and objects that actions write, in the words of the screens."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhiji.access.models import AuditLine
from zhiji.kernel.registry import offered

ID, OBJECT = re.compile(r" ?%\(id\)s ?"), re.compile(r"%\(object\)s ?")
Words = Mapping[str, Promise | str]
CALLED = ("name", "label")
"""Columns that hold what a thing is called."""


@dataclass(frozen=True)
class AuditWords:
    """The words of what an app's actions write down, offered in `offers/audit.py`; what one app said no other says.

    `verbs`: what was done: `%(id)s` is what it was done to, `%(object)s` the same with its kind where that may differ.
    `things`: kinds of objects, by `app.model`. `particulars`: what is told besides, and `values` of them that are words
    of ours, by particular; `tellers` say those that have a language of their own, as a condition has, or "" where they
    don't know the value.
    """

    offered_in: ClassVar[str] = "audit"
    kept_when_off: ClassVar[bool] = True
    verbs: Words = field(default_factory=dict)
    things: Words = field(default_factory=dict)
    particulars: Words = field(default_factory=dict)
    values: Mapping[str, Words] = field(default_factory=dict)
    tellers: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)


@cache
def words_of(part: str) -> dict[str, Any]:
    """What all apps say of one part, such as `verbs`."""
    return {key: words for one in offered(AuditWords) for key, words in getattr(one, part).items()}


def verb_word(verb: str) -> str:
    """The verb as the screens say it without its object; one that isn't listed stays as it was written."""
    return OBJECT.sub("…", ID.sub("", str(words_of("verbs").get(verb, verb))))


def told(line: AuditLine) -> SafeString:
    """What was done, as a sentence whose object leads to all that was done to it."""
    thing = object_word(line.object_type)
    sentence = str(words_of("verbs").get(line.verb) or f"{line.verb.replace('%', '%%')} %(object)s")
    query = urlencode({"type": line.object_type, "id": line.object_id})
    link = partial(format_html, '<a href="{}?{}">{}</a>', reverse("audit"), query)
    name = getattr(line, "object_name", "") or line.object_id
    named = f"{thing[:1].lower()}{thing[1:]} {name}"
    return SafeString(conditional_escape(sentence) % {"id": link(name), "object": link(named)})


def name_objects(lines: Iterable[AuditLine]) -> None:
    """Give each line, as `object_name`, the name in quotes of what it is about, where that has one and is still there.

    Whoever has no name of their own in clear, such as a customer, keeps the id.
    """
    asked: dict[str, dict[str, list[AuditLine]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        asked[line.object_type][line.object_id].append(line)
    for kind, of in asked.items():
        for pk, name in _names(kind, list(of)):
            for line in of[str(pk)]:
                line.object_name = _("“%(name)s”") % {"name": name}  # type: ignore[attr-defined]


def _names(kind: str, ids: Sequence[str]) -> Iterable[tuple[Any, str]]:
    try:
        model = apps.get_model(kind)
        name = next(one.name for one in model._meta.get_fields() if one.name in CALLED)
        numbers = [model._meta.pk.to_python(one) for one in ids]
    except (LookupError, ValueError, StopIteration, ValidationError):
        return []
    return list(model._default_manager.filter(pk__in=numbers).exclude(**{name: ""}).values_list("pk", name))


def object_word(object_type: str) -> str:
    """The kind of object as the screens say it."""
    return str(words_of("things").get(object_type, object_type))
