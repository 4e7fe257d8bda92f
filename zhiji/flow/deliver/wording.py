"""What a template says before it is filled in."""

from dataclasses import dataclass

from zhiji.flow.deliver.textpart import text_of


@dataclass(frozen=True)
class Wording:
    """A template's three texts, of whatever version. Without a text, the text part is made from the HTML."""

    subject: str
    html: str
    text: str

    @classmethod
    def typed(cls, *texts: str) -> "Wording":
        """Of a form's three texts; browsers end lines by two characters, letters and versions have one."""
        return cls(*(text.replace("\r\n", "\n") for text in texts))

    @property
    def follows(self) -> bool:
        """Whether the text part is made from the HTML."""
        return not self.text.strip()

    @property
    def sources(self) -> tuple[tuple[str, bool], ...]:
        """The three as the sandbox takes them: with whether it is HTML."""
        return (self.subject, False), (self.html, True), (text_of(self.html) if self.follows else self.text, False)
