"""Text messages in mainland China, over Aliyun: only approved texts, receipts pushed to us, R or TD stops marketing."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings as house
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.flow.deliver import accounts
from zhiji.flow.deliver.channel import AccountField, Capabilities, Channel, Down, Inbound, Mode, Rendered, Result
from zhiji.flow.deliver.channels.sms import inbound, reasons, wording
from zhiji.flow.deliver.channels.sms.aliyun import ENDPOINT, Aliyun
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import clock

SIMULATOR_PORT_OFFSET = 26


class Sms(Channel):
    key = "sms"
    label = gettext_lazy("短信")
    words = ("短信", "SMS")
    position = 20
    contact = "phone"
    icon = "message"
    step = "send_sms"
    verb = gettext_lazy("发送短信")
    down = gettext_lazy("连不上短信平台，短信在排队，连上后自动发出。")
    can = Capabilities(
        repeatable=False,
        own_words=False,
        receipts=frozenset({"accepted", "delivered", "failed"}),
        inbound=True,
        marketing_hours=(time(8), time(20)),
    )
    reasons = reasons.WORDS
    fields: ClassVar = (
        AccountField("key_id", gettext_lazy("AccessKey ID"), gettext_lazy("阿里云 RAM 用户的，只给它短信权限")),
        AccountField("key_secret", gettext_lazy("AccessKey Secret"), secret=True),
        AccountField(
            "endpoint",
            gettext_lazy("接口地址"),
            gettext_lazy("留空：正式用阿里云的，模拟用本机的模拟器"),
            required=False,
        ),
    )
    proven = False
    short = True

    def address(self, value: str) -> str:
        """Mainland mobile numbers only, without the country's code; of others a domestic text isn't sent."""
        number = value.removeprefix("+86")
        return number if value.startswith("+86") and len(number) == 11 and number.startswith("1") else ""

    def render(
        self, wording_: Wording, variables: Mapping[str, Any], settings: DeliverySettings, *, message_id: int | None
    ) -> wording.Text:
        return wording.fill(wording_, variables)

    def check(self, wording_: Wording, purpose: str, rendered: Rendered) -> None:
        wording.check(wording_, purpose)

    def problem(self, given: Mapping[str, str], mode: Mode) -> str:
        parts = urlsplit(given.get("endpoint", ""))
        if not parts.netloc:
            return _("接口地址要以 https:// 开头") if given.get("endpoint") else ""
        if mode == "live" and (parts.scheme != "https" or not (parts.hostname or "").endswith(".aliyuncs.com")):
            return _("正式发送只用阿里云的接口：https://…aliyuncs.com")
        return "" if parts.scheme in ("http", "https") else _("接口地址要以 https:// 开头")

    def receive(self, body: bytes) -> Inbound:
        return inbound.read(body)

    def line(self) -> "SmsLine":
        return SmsLine()


SMS = Sms()


def simulator_url() -> str:
    """Where this machine's own simulator listens: loopback, 26 above the web server's port."""
    return f"http://127.0.0.1:{house.OPTIONS.port + SIMULATOR_PORT_OFFSET}"


class SmsLine:
    """The account that is set up now."""

    def __init__(self) -> None:
        self._api: Aliyun | None = None

    def ready(self) -> None:
        account = accounts.account_of(SMS)
        if account is None:
            raise Down(_("还没有设置短信账户"))
        given = accounts.values(account)
        usual = ENDPOINT if account.mode == "live" else simulator_url()
        key, endpoint = (given["key_id"], given["key_secret"]), given.get("endpoint") or usual
        if self._api is None or (self._api.key, self._api.endpoint) != (key, endpoint.rstrip("/")):
            self.close()
            self._api = Aliyun(key, endpoint=endpoint, now=lambda: clock.now())

    def rest(self) -> None:
        """No connection is kept."""

    def close(self) -> None:
        if self._api is not None:
            self._api.close()
            self._api = None

    def send(
        self, message: Message, to: str, rendered: wording.Text, settings: DeliverySettings, begin: Callable[[], bool]
    ) -> Result | None:
        api = self._api
        assert api is not None  # noqa: S101 - ready() made it
        mark = inbound.mark_of(message.pk)
        if not begin():
            return None
        return api.send(phone=to, sign=rendered.sign, template=rendered.code, values=rendered.values, mark=mark)
