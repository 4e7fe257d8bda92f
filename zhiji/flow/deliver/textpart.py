"""The text part of a letter, made from the template of its HTML part.

What is made is a template again: variables and conditions stay where they are, so that a person can go on from it.
"""

import re
from functools import lru_cache
from html.parser import HTMLParser

LANGUAGE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
"""A piece of the template language."""
LINE = "—" * 12
_OPEN, _SHUT = "\ue000", "\ue001"  # of Unicode's private use: in their place the parser sees a word
_MARK = re.compile(f"{_OPEN}([0-9]+){_SHUT}")
_BUTTON = re.compile(r"""\{\{\s*(.+?)\s*\|\s*button\(\s*(["'])(.*?)\2\s*\)\s*\}\}""", re.DOTALL)
_QUOTED = re.compile(r"""(["'])([^"']*)\1""")
_CARD = re.compile(r"\{\{\s*coupon\s*\|\s*coupon_card\s*\}\}")
_CARD_IN_WORDS = (
    "{% if coupon.code %}{{ coupon.name|default('优惠券') }}：{{ coupon.code }}"
    "（{{ coupon.value|money }}，有效期至 {{ coupon.expires|day }}）{% endif %}"
)
PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "table", "ul", "ol", "blockquote", "pre", "hr"}
HIDDEN = {"style", "script", "head", "title"}


@lru_cache(maxsize=64)
def text_of(html: str) -> str:
    """The text part that says what the HTML says: links behind their words, lists with their marks."""
    pieces: list[str] = []

    def mark(found: re.Match[str]) -> str:
        pieces.append(found[0])
        return f"{_OPEN}{len(pieces) - 1}{_SHUT}"

    reader = _Reader()
    reader.feed(LANGUAGE.sub(mark, html.replace(_OPEN, "").replace(_SHUT, "")))
    reader.close()
    return collapsed(_MARK.sub(lambda found: _in_words(pieces[int(found[1])]), "".join(reader.parts)))


def collapsed(text: str) -> str:
    """The text without blank lines in a row, nor blanks around lines."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip()


def _in_words(piece: str) -> str:
    """A piece of the language as it stands in a text: a button is a link, a coupon's card a line."""
    if found := _BUTTON.fullmatch(piece):
        constant = _QUOTED.fullmatch(found[1])
        address = constant[2] if constant else f"{{{{ {found[1]} }}}}"
        return f"\n\n{found[3]}：{address}\n\n"
    return f"\n\n{_CARD_IN_WORDS}\n\n" if _CARD.fullmatch(piece) else piece


class _Reader(HTMLParser):
    """Gathers in `parts` what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._lists: list[int | None] = []  # of each list around: the next number, None without numbers
        self._links: list[tuple[str, int]] = []  # of each link around: its address, and the part it begins at

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in HIDDEN:
            self._hidden += 1
        elif tag == "br" or tag == "tr":
            self.parts.append("\n")
        elif tag in ("ul", "ol"):
            self.parts.append("\n" if self._lists else "\n\n")
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.parts.append("\n" + self._bullet())
        elif tag == "a":
            self._links.append((given.get("href", "").strip(), len(self.parts)))
        elif tag == "img" and given.get("alt", "").strip():
            self.parts.append(f"[{given['alt'].strip()}]")
        elif tag in PARAGRAPHS:
            self.parts.append(f"\n\n{LINE}\n\n" if tag == "hr" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self.parts.append("" if self._lists else "\n\n")
        elif tag in PARAGRAPHS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _bullet(self) -> str:
        depth = "  " * (len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{depth}· "
        self._lists[-1] = number + 1
        return f"{depth}{number}. "

    def _end_link(self, address: str, start: int) -> None:
        said = "".join(self.parts[start:]).strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if bare and not bare.startswith("#") and bare != said:
            self.parts.append(f"：{bare}" if said else bare)
