"""How long a text message is: carriers count UTF-16 units, sign included, and charge by the segment."""

from math import ceil

ALONE, PART = 70, 67
"""Units of a message of one segment, and of each segment of a longer one."""


def units(text: str) -> int:
    """UTF-16 units: most characters are one, an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segments(text: str) -> int:
    count = units(text)
    return 1 if count <= ALONE else ceil(count / PART)
