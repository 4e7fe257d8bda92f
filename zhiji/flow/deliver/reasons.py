"""Why a message isn't sent (yet), or a webhook not called: codes kept in the ledger, and the words for them."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
ADDRESS_REFUSED = "address_refused"
MAIL_REFUSED = "mail_refused"
MAILBOX_REFUSED = "mailbox_refused"
RETURNED = "returned"
RETURNED_FOR_NOW = "returned_for_now"
RETURNED_MAIL = "returned_mail"
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
    NO_CONSENT: _("客户没有同意接收营销邮件"),
    REVOKED: _("客户已退订"),
    NO_ADDRESS: _("客户没有可用的邮箱地址"),
    BOUNCED_ADDRESS: _("这个邮箱地址曾退信，不再使用"),
    CAP_DAY: _("24 小时内已达发送上限"),
    CAP_WEEK: _("7 天内已达发送上限"),
    QUIET: _("正值免打扰时段，到点后发送"),
    TEMPLATE: _("模板填写出错"),
    EMPTY: _("信里要用的内容是空的，没有发出"),
    BAD_ADDRESS: _("邮箱地址无法用于发信"),
    TEMPORARY: _("邮件服务器暂时不收，稍后重试"),
    SERVER_DOWN: _("连不上邮件服务器，稍后重试"),
    IN_DOUBT: _("交出时断线，不知服务器收下没有；稍后用同一编号再交一次，收过的会自动去重"),
    ADDRESS_REFUSED: _("对方服务器说没有这个邮箱"),
    MAIL_REFUSED: _("对方服务器拒收这封邮件"),
    MAILBOX_REFUSED: _("对方邮箱暂时收不了信（满了或被停用），这个地址以后还会用"),
    RETURNED: _("邮件送出后被退回：没有这个邮箱，不再使用"),
    RETURNED_FOR_NOW: _("邮件送出后被退回：对方暂时收不了信，这个地址以后还会用"),
    RETURNED_MAIL: _("邮件送出后被退回：对方不收这封信，地址没有问题"),
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
}
"""The colour of each state of a message or a webhook call."""


def parted(reason: str) -> tuple[str, str]:
    """A webhook call's reason: what happened in words, and what exactly was said."""
    code, _colon, detail = reason.partition(": ")
    return (str(WORDS[code]), detail) if code in WORDS else ("", reason)


def words(code: str, empty: Sequence[str] = ()) -> str:
    """A reason in words; `empty` are the variables that it is about."""
    if code == EMPTY and empty:
        return gettext("%(variables)s是空的，没有发出") % {"variables": named(list(empty))}
    return str(WORDS.get(code, code))
