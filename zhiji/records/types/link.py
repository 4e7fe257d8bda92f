"""An address of the web."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of

LONGEST = 500
NO_LINK = Refusal(_("应是网址，以 https:// 或 http:// 开头"))


def _parse(value: Any, spec: Spec) -> Parsed:
    text = text_of(value) or ""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not any(map(str.isspace, text))
    except ValueError:
        return NO_LINK
    return text if fits and len(text) <= LONGEST else NO_LINK


def _shown(value: Any, spec: Spec) -> str:
    text = str(value)
    if isinstance(_parse(text, spec), Refusal):
        return text
    name = text.partition("://")[2]
    short = name if len(name) <= 40 else f"{name[:39]}…"
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', text, short)


TYPE = ValueType(
    key="link",
    label=_("网址"),
    icon="link",
    position=60,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=LONGEST, widget=forms.URLInput()),
    shown=_shown,
    written=as_it_is,
    compared="text",
    operators=("eq", "ne", "contains", "starts", "empty", "not_empty"),
    asked="held",
    schema={"type": "string", "format": "uri", "maxLength": LONGEST},
    chosen=False,
    apart=False,
)
