"""What a template says before it is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiji.flow.deliver.textpart import text_of


@dataclass(frozen=True)
class Wording:
    """A template's texts, of whatever version. Without a text, the text part is made from the HTML.

    What a provider keeps and fills in itself (a text message, a notice) has `variables`, by name what each is filled in
    with, and `details`, such as the provider's number of it; `text` then is what the provider approved.
    """

    subject: str
    html: str
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def typed(cls, subject: str, html: str, text: str) -> "Wording":
        """Of a form's three texts; browsers end lines by two characters, letters and versions have one."""
        subject, html, text = (one.replace("\r\n", "\n") for one in (subject, html, text))
        return cls(subject, html, text)

    @property
    def follows(self) -> bool:
        """Whether the text part is made from the HTML."""
        return not self.text.strip()

    @property
    def sources(self) -> tuple[tuple[str, bool], ...]:
        """The three texts and the variables as the sandbox takes them: with whether it is HTML."""
        text = text_of(self.html) if self.follows else self.text
        filled = ((one, False) for one in self.variables.values())
        return (self.subject, False), (self.html, True), (text, False), *filled
