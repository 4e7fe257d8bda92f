"""What Aliyun and carriers refuse, and the words for it; and what a text message says otherwise than others."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver import reasons

LIMITED = "sms_limited"
REFUSED = "sms_refused"
NO_NUMBER = "sms_no_number"
FAILED = "sms_failed"
DEAD = "sms_dead_number"
BLACKLISTED = "sms_blacklisted"

WORDS: Mapping[str, str | Promise] = {
    reasons.NO_CONSENT: _("客户没有同意接收营销短信"),
    reasons.NO_ADDRESS: _("客户没有手机号"),
    reasons.BOUNCED_ADDRESS: _("这个手机号曾是空号，不再使用"),
    reasons.BAD_ADDRESS: _("不是中国大陆的手机号，国内短信发不到"),
    reasons.TEMPORARY: _("短信平台暂时不收，稍后重试"),
    reasons.SERVER_DOWN: _("连不上短信平台，稍后重试"),
    LIMITED: _("短信平台对这个号码的频次限制到了，稍后重试"),
    REFUSED: _("短信平台拒收这条短信，请核对签名、模板和变量"),
    NO_NUMBER: _("短信平台说没有这个号码"),
    FAILED: _("运营商没有送达：关机、停机或不在服务区"),
    DEAD: _("运营商说是空号，这个号码不再使用"),
    BLACKLISTED: _("号码在黑名单里，已停止给 TA 发营销短信"),
}
