"""Text in any encoding, read as UTF-8; what can't be decoded becomes U+FFFD, so that its row can be named."""

import codecs
import io
from pathlib import Path
from typing import Any

UNDECODED = "\ufffd"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHOICES = ("auto", "utf-8", "gb18030", "utf-16", "big5", "windows-1252")
"""What a page offers; a mapping may name any that Python knows."""
_SAMPLE = 1 << 20


def of(path: Path, given: str) -> str:
    """The encoding to read with: the given one, else by the file's mark or beginning: UTF-8, UTF-16 or GB18030."""
    if given != "auto":
        return "utf-8-sig" if given.lower().replace("_", "-") in {"utf-8", "utf8"} else given
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if 0 in sample[:1000]:  # no other text has NUL bytes: of every Latin letter in UTF-16, one of two is
        return "utf-16-le" if sample[1:1000:2].count(0) >= sample[:1000:2].count(0) else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


class Transcoded(io.RawIOBase):
    """A binary file read as UTF-8."""

    def __init__(self, raw: Any, encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            block = self._raw.read(size if size > 0 else -1)
            self._rest += self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        size = len(self._rest) if size < 0 else size
        answer, self._rest = self._rest[:size], self._rest[size:]
        return answer
