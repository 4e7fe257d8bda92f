"""E-mail: to a mail server by SMTP, its receipts by pixel, links and mails that come back."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings as house
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.flow.deliver import reasons as shared
from zhiji.flow.deliver import tokens
from zhiji.flow.deliver.channel import Accepted, Capabilities, Channel, Later, Mode, Refused, Result, Standing, Unknown
from zhiji.flow.deliver.channels.email import letter, reasons, smtp
from zhiji.flow.deliver.channels.email.letter import Letter
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import clock


class Email(Channel):
    key = "email"
    label = gettext_lazy("邮件")
    words = ("邮件", "email")
    position = 10
    contact = "email"
    icon = "mail"
    step = "send_message"
    verb = gettext_lazy("发送邮件")
    down = gettext_lazy("连不上邮件服务器，邮件在排队，连上后自动发出。")
    can = Capabilities(
        repeatable=True, own_words=True, receipts=frozenset({"accepted", "opened", "clicked", "failed"}), inbound=True
    )
    reasons = reasons.WORDS
    senders = 2

    def standing(self) -> Standing:
        mode: Mode = "simulator" if house.DEMO else "live"
        if smtp.server_url():
            return Standing(mode, ready=True)
        unset = gettext_lazy(
            "没有设置邮件服务器：请设 ZHIJI_SMTP_URL（如 smtp://用户:密码@主机:端口）。在此之前邮件都在排队，一封也不会丢。"
        )
        return Standing(mode, ready=False, trouble=unset)

    def written(self, subject: str, text: str) -> Wording:
        return letter.written(subject, text)

    def render(
        self, wording: Wording, variables: Mapping[str, Any], settings: DeliverySettings, *, message_id: int | None
    ) -> Letter:
        return letter.fill(wording, variables, settings, message_id=message_id)

    def check(self, wording: Wording, purpose: str, rendered: Any) -> None:
        if not wording.subject.strip() or not wording.html.strip():
            raise TemplateRefused(_("主题和正文都要填写"))
        if not rendered.subject:
            raise TemplateRefused(_("主题填好后是空的"))

    def line(self) -> "MailLine":
        return MailLine()


EMAIL = Email()


class MailLine:
    """A kept conversation with the mail server that is set up now."""

    def __init__(self) -> None:
        self._smtp: smtp.Line | None = None

    def ready(self) -> None:
        url = smtp.server_url()
        if self._smtp is None or self._smtp.url != url:
            self._smtp = smtp.Line(url)
        self._smtp.ready()

    def rest(self) -> None:
        if self._smtp is not None:
            self._smtp.rest()

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def send(
        self, message: Message, to: str, rendered: Letter, settings: DeliverySettings, begin: Callable[[], bool]
    ) -> Result | None:
        try:
            mail = letter.mime(rendered, message, to, settings, clock.now())
        except ValueError:
            return Refused(shared.BAD_ADDRESS)
        line = self._smtp
        assert line is not None  # noqa: S101 - ready() made it
        answer = line.address(tokens.return_address(message.pk, letter.domain_of(settings)), to)
        if answer is None and not begin():
            line.take_back()
            return None
        return _result(answer or line.hand_over(mail))


def _result(answer: smtp.Answer) -> Result:
    match answer.kind:
        case "taken":
            return Accepted()
        case "later":
            return Later(shared.TEMPORARY, answer.reply)
        case "unknown":
            return Unknown(answer.reply)
        case "no_such_address":
            return Refused(reasons.ADDRESS_REFUSED, answer.reply, about="address")
        case "mailbox_refused":
            return Refused(reasons.MAILBOX_REFUSED, answer.reply)
        case "refused":
            return Refused(reasons.MAIL_REFUSED, answer.reply)
