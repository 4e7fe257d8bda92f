"""What channels are called."""

from django.utils.translation import gettext_lazy as _

CHANNELS = (("email", _("邮件")), ("sms", _("短信")), ("phone", _("电话")), ("wechat", _("微信")))
