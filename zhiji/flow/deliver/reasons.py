"""Why a message isn't sent (yet), or a webhook not called: codes kept in the ledger, and the words for them."""

from collections.abc import Mapping
from contextlib import suppress

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver.channel import NoSuchChannel, channel_of
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.naming import named

NO_CONSENT = "no_consent"
REVOKED = "revoked"
NO_ADDRESS = "no_address"
BOUNCED_ADDRESS = "bounced_address"
CAP_DAY = "cap_day"
CAP_WEEK = "cap_week"
QUIET = "quiet"
TEMPLATE = "template"
EMPTY = "empty_variable"
BAD_ADDRESS = "bad_address"
TEMPORARY = "temporary"
SERVER_DOWN = "server_down"
IN_DOUBT = "in_doubt"
UNKNOWN = "unknown"
UNABLE = "unable"
GAVE_UP = "gave_up"
CANCELLED = "cancelled"
FORBIDDEN = "forbidden_address"
SILENT = "silent"
UNREACHABLE = "unreachable"
SECRET = "unreadable_secret"  # noqa: S105 - the reason's code
TOO_LONG = "too_long"
REDIRECTED = "redirected"
NOT_TAKEN = "not_taken"
DIED = "died"

WORDS: dict[str, str | Promise] = {
    NO_CONSENT: _("客户没有同意接收这个渠道的营销消息"),
    REVOKED: _("客户已退订"),
    NO_ADDRESS: _("客户没有这个渠道可用的联系方式"),
    BOUNCED_ADDRESS: _("这个联系方式曾无法送达，不再使用"),
    CAP_DAY: _("24 小时内已达发送上限"),
    CAP_WEEK: _("7 天内已达发送上限"),
    QUIET: _("正值免打扰时段，到点后发送"),
    TEMPLATE: _("模板填写出错"),
    EMPTY: _("要用的内容是空的，没有发出"),
    BAD_ADDRESS: _("联系方式不能用于这个渠道"),
    TEMPORARY: _("服务商暂时不收，稍后重试"),
    SERVER_DOWN: _("连不上服务商，稍后重试"),
    IN_DOUBT: _("交出时断线，不知对方收下没有；稍后用同一编号再交一次，收过的会自动去重"),
    UNKNOWN: _("交出后没有等到回答，不知发出没有；等回执，不会自动再发"),
    UNABLE: _("这个渠道只能发已审核的模板"),
    GAVE_UP: _("多次尝试后仍未送达，已停止"),
    CANCELLED: _("已被取消"),
    FORBIDDEN: _("地址在内网，不能调用；确要调用请管理员允许"),
    SILENT: _("对方 15 秒内没有回答"),
    UNREACHABLE: _("连不上对方，请核对地址"),
    SECRET: _("签名密钥读不出来，请在规则里重新填写"),
    TOO_LONG: _("对方的回答太长，没有读完"),
    REDIRECTED: _("对方要求改用别的地址；请在规则里填最终地址"),
    NOT_TAKEN: _("对方没有接受"),
    DIED: _("每次都没等到回答，我们这边的程序就中断了，已停止"),
}

COLOURS = {
    "planned": "blue",
    "sending": "azure",
    "sent": "green",
    "failed": "red",
    "refused": "gray",
    "bounced": "orange",
    "unknown": "yellow",
}
"""The colour of each state of a message or a webhook call."""


def parted(reason: str) -> tuple[str, str]:
    """A webhook call's reason: what happened in words, and what exactly was said."""
    code, _colon, detail = reason.partition(": ")
    return (str(WORDS[code]), detail) if code in WORDS else ("", reason)


def words(message: Message) -> str:
    """Why a message is as it is, in words, its channel's own first; "" without a reason."""
    if message.reason == EMPTY and message.empty:
        return gettext("%(variables)s是空的，没有发出") % {"variables": named(list(message.empty))}
    own: Mapping[str, str | Promise] = {}
    with suppress(NoSuchChannel):
        own = channel_of(message.channel).reasons
    return str(own.get(message.reason) or WORDS.get(message.reason, message.reason))
