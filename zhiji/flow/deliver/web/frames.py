"""A mail's HTML as an answer of its own, shown in a frame: no script, no form, nothing fetched from elsewhere."""

from django.http import HttpResponse
from django.utils.html import escape

_SHUT = "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'self'; sandbox"


def letter_frame(html: str, *, live: bool = False) -> HttpResponse:
    """`live` lets its links open in a new tab and its pixel load, so that a visitor can play the customer."""
    policy = _SHUT.format(images="'self' data:" if live else "data: https:")
    if live:
        policy += " allow-popups allow-popups-to-escape-sandbox"
        html = html.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    return response


def trouble_frame(text: str, line: int | None = None) -> HttpResponse:
    """What is wrong with a template, in the place of its preview."""
    place = f"<p>{line}</p>" if line else ""
    return letter_frame(
        "<!doctype html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        "<body style='font:15px/1.7 system-ui,sans-serif;padding:28px;background:#fff7f5;color:#8a2b12'>"
        f"<p style='font-weight:600'>{escape(text)}</p>{place}"
    )
