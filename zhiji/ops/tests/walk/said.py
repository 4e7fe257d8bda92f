"""Text that no user should read: what a developer, a library or Python itself says."""

import re
from collections.abc import Iterable

from zhiji.access.roles import permissions

_NOUNS = "|".join(sorted({name.partition(":")[0] for name in permissions()}))
DEVELOPERS = {
    "a value of Python": r"\bNone\b|<class |Decimal\(|datetime\.|\{'|\['|__\w+__",
    "a value of JavaScript": r"\bNaN\b|\[object \w+\]|\bundefined\b",
    "an error of a library": r"\bExpected\b|\bTraceback\b|\b\w+(?:Error|Exception)\b|not a valid|invalid literal",
    "a permission by its name": rf"\b(?:{_NOUNS}):(?:read|write|merge|reveal)\b|\bmay not\b",
    "a hole in a template": r"\{\{|\{%|%\(\w+\)s|%[sd]\b",
    "a name of code": r"(?<![\w/.@-])[a-z]+(?:_[a-z]+)+(?![\w/.@-])",
    "a key and its value": r"(?<![\w?&/])[a-z_]+=[^\s=]",
    "English": r"\b(?:the|is|are|was|not|must|please|this|that|cannot|can't|should|enter|with|from)\b(?: [\w'-]+){2}",
}
TYPED = ("例如 %d", "例如 order_paid", "可用 {{ name }}", "写作 attributes.字段名")
"""What a person is to type just so."""
_FOUND = {name: re.compile(pattern) for name, pattern in DEVELOPERS.items()}


def developers_words(words: Iterable[str]) -> list[str]:
    """What of these texts is a developer's, each with its kind."""
    found = []
    for text in words:
        for name, pattern in _FOUND.items():
            match = pattern.search(text)
            if match and not any(part in text for part in TYPED):
                found.append(f"{name}: “{text[max(0, match.start() - 30) : match.end() + 30]}”")
    return found
