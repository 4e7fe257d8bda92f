"""The seam to whatever carries mails: an app offers a `Mailer` in `offers/staff_mail.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from zhiji.kernel.registry import offered

Sent = Literal["sent", "later", "refused", "unknown", "taken"]
"""`taken`: another sender has it."""


class NoMail(Exception):
    """The mail server can't be reached or none is set up; nothing was handed over, and it is tried again."""


@dataclass(frozen=True)
class StaffLetter:
    """A mail to somebody who works here. A `key` gives it the same mark however often it is made."""

    to: str
    subject: str
    text: str
    html: str
    key: str


@dataclass(frozen=True)
class Mailer:
    """`send(letter, begin)` answers what came of it and the server's words. It asks `begin()` just before the mail
    can't be taken back, and goes on only when that answers True. Raises NoMail.
    """

    offered_in: ClassVar[str] = "staff_mail"
    send: Callable[[StaffLetter, Callable[[], bool]], tuple[Sent, str]]


def mailer() -> Mailer | None:
    """The one there is, if any."""
    return next(iter(offered(Mailer)), None)
