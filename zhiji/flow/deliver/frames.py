"""A mail's HTML as an answer of its own, shown in a frame: no script, no form, nothing fetched from elsewhere."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.html import escape

_SHUT = "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'self'; sandbox"


_TURNED = "<style>html, img { filter: invert(1) hue-rotate(180deg) } html { background: #fff }</style></head>"


def letter_frame(html: str, *, live: bool = False, dark: bool = False) -> HttpResponse:
    """`live` lets its links open in a new tab and its pixel load, so that a visitor can play the customer.

    `dark` shows it as programmes do that turn the colours of letters round.
    """
    policy = _SHUT.format(images="'self' data:" if live else f"'self' data: https: {origin(settings.PUBLIC_URL)}")
    if dark:
        html = html.replace("</head>", _TURNED, 1)
    if live:
        policy += " allow-popups allow-popups-to-escape-sandbox"
        html = html.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    return response


def origin(url: str) -> str:
    """The scheme, host and port of an address."""
    return "/".join(url.split("/")[:3])


def text_frame(text: str) -> HttpResponse:
    """The text part, as programmes show it that show no HTML."""
    return letter_frame(
        "<!doctype html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        "<body style='margin:0;padding:24px;background:#fff;color:#222'>"
        '<pre style=\'font:14px/1.7 ui-monospace,Consolas,"Noto Sans Mono CJK SC",monospace;white-space:pre-wrap;'
        f"overflow-wrap:anywhere;margin:0 auto;max-width:640px'>{escape(text)}</pre>"
    )


def trouble_frame(text: str, line: int | None = None) -> HttpResponse:
    """What is wrong with a template, in the place of its preview."""
    place = f"<p>{line}</p>" if line else ""
    return letter_frame(
        "<!doctype html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        "<body style='font:15px/1.7 system-ui,sans-serif;padding:28px;background:#fff7f5;color:#8a2b12'>"
        f"<p style='font-weight:600'>{escape(text)}</p>{place}"
    )
