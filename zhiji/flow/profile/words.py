"""What channels and genders are called."""

from django.utils.translation import gettext_lazy as _

CHANNELS = (("email", _("邮件")), ("sms", _("短信")), ("phone", _("电话")), ("wechat", _("微信")))
GENDERS = {"male": _("男"), "female": _("女"), "m": _("男"), "f": _("女")}
