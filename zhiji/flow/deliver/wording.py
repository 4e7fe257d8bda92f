"""What a template says before it is filled in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """A template's three texts, of whatever version."""

    subject: str
    html: str
    text: str

    @property
    def sources(self) -> tuple[tuple[str, bool], ...]:
        """The three as the sandbox takes them: with whether it is HTML."""
        return (self.subject, False), (self.html, True), (self.text, False)
