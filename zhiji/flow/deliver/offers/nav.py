from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import SETTINGS, NavItem, NavSection

MESSAGES = NavSection(_("触达"), "send", 50)
OFFERS = (
    NavItem(MESSAGES, _("触达记录"), "messages", "mail", 10, "messages:read"),
    NavItem(MESSAGES, _("消息模板"), "templates", "template", 20, "messages:write"),
    NavItem(MESSAGES, _("Webhook 调用"), "webhook_calls", "webhook", 30, "rules:write"),
    NavItem(SETTINGS, pgettext_lazy("many", "渠道"), "channels", "broadcast", 39, "settings:read"),
    NavItem(SETTINGS, _("发信设置"), "delivery_settings", "send", 40, "settings:read"),
)
