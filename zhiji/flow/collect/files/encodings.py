"""Text in any encoding, read as UTF-8; what can't be decoded becomes U+FFFD, so that its row can be named."""

import codecs
import io
from pathlib import Path
from typing import Any

UNDECODED = "\ufffd"
_SAMPLE = 1 << 20


def of(path: Path, given: str) -> str:
    """The encoding to read with: the given one, or by the file's beginning UTF-8 if it is that, else GB18030."""
    if given != "auto":
        return "utf-8-sig" if given.lower().replace("_", "-") in {"utf-8", "utf8"} else given
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
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
