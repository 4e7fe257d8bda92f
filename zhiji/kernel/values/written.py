"""What a cell or field says, without what spreadsheets, databases and copying put around it."""

import re
import unicodedata

INVISIBLE = dict.fromkeys(
    [0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF], None
)
_EDGE = r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
_EDGES = re.compile(rf"\A{_EDGE}|{_EDGE}\Z")
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_KEPT_FROM_RUNNING = re.compile(r"'+[=+\-@\t\r]")
_RUNS = re.compile(r"'*[=+\-@\t\r]")


def cell(text: str) -> str:
    """The text of a cell: trimmed, `="0012"` unwrapped, the `'` that keeps a cell from being a formula taken off."""
    text = trimmed(text)
    if text[:1] == "=" and (wrapped := _WRAPPED.fullmatch(text)):
        return trimmed(wrapped[1].replace('""', '"'))
    return text[1:] if text[:1] == "'" and _KEPT_FROM_RUNNING.match(text) else text


def safe(text: str) -> str:
    """A cell that a spreadsheet shows and doesn't run as a formula; `cell` takes it back."""
    return f"'{text}" if _RUNS.match(text) else text


def trimmed(text: str) -> str:
    """Without white space and invisible marks at the ends."""
    return text.strip() if text.isascii() else _EDGES.sub("", text)


def narrow(text: str) -> str:
    """In half-width letters and digits, without invisible marks, trimmed: how figures and addresses are compared."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).strip()
