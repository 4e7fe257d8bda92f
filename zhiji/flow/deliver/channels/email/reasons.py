"""What mail servers refuse, and the words for it; and what a mail says otherwise than other messages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver import reasons

ADDRESS_REFUSED = "address_refused"
MAIL_REFUSED = "mail_refused"
MAILBOX_REFUSED = "mailbox_refused"
RETURNED = "returned"
RETURNED_FOR_NOW = "returned_for_now"
RETURNED_MAIL = "returned_mail"

WORDS: Mapping[str, str | Promise] = {
    reasons.NO_CONSENT: _("客户没有同意接收营销邮件"),
    reasons.NO_ADDRESS: _("客户没有可用的邮箱地址"),
    reasons.BOUNCED_ADDRESS: _("这个邮箱地址曾退信，不再使用"),
    reasons.EMPTY: _("信里要用的内容是空的，没有发出"),
    reasons.BAD_ADDRESS: _("邮箱地址无法用于发信"),
    reasons.TEMPORARY: _("邮件服务器暂时不收，稍后重试"),
    reasons.SERVER_DOWN: _("连不上邮件服务器，稍后重试"),
    reasons.IN_DOUBT: _("交出时断线，不知服务器收下没有；稍后用同一编号再交一次，收过的会自动去重"),
    ADDRESS_REFUSED: _("对方服务器说没有这个邮箱"),
    MAIL_REFUSED: _("对方服务器拒收这封邮件"),
    MAILBOX_REFUSED: _("对方邮箱暂时收不了信（满了或被停用），这个地址以后还会用"),
    RETURNED: _("邮件送出后被退回：没有这个邮箱，不再使用"),
    RETURNED_FOR_NOW: _("邮件送出后被退回：对方暂时收不了信，这个地址以后还会用"),
    RETURNED_MAIL: _("邮件送出后被退回：对方不收这封信，地址没有问题"),
}
