"""What a cell or field says, without what spreadsheets, databases and copying put around it."""

import re
import unicodedata

INVISIBLE = dict.fromkeys(
    [0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF], None
)
_EDGE = r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
_EDGES = re.compile(rf"\A{_EDGE}|{_EDGE}\Z")
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_KEPT_FROM_RUNNING = re.compile(r"'+[=+\-@＝＋－＠\t\r]")
_HOLDS_DIGIT = re.compile(
    "([\u00b2\u00b3\u00b9\u00bc-\u00be\u2070\u2074-\u2079\u2080-\u2089\u2150-\u215f\u2189\u2460-\u249b\u24ea\u3251-\u325f"
    "\u32b1-\u32cb\u3358-\u3370\u3378\u3379\u339f-\u33a6\u33a8\u33af\u33e0-\u33fe\U0001f100-\U0001f10a]+)"
)
_RUNS = re.compile(r"'*[=+\-@＝＋－＠\t\r]")


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
    """In half-width letters and digits, without invisible marks, trimmed: how figures and addresses are compared.

    What only holds a digit in itself (², ①, ½, ㎡) stays as it is: 5² isn't 52, nor ⒈5 1.5.
    """
    if text.isascii():
        return text.strip()
    parts = _HOLDS_DIGIT.split(text.translate(INVISIBLE))
    return "".join(part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts)).strip()


def alike(text: str) -> str:
    """In half-width letters and digits, ² and ① too, without invisible marks, trimmed: how words are compared."""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).strip()
