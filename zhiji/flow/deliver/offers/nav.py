from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS: list[NavItem] = [
    NavItem("触达", _("触达记录"), "messages", "mail", 10, "messages:read"),
    NavItem("触达", _("邮件模板"), "templates", "template", 20, "messages:write"),
    NavItem("触达", _("Webhook 调用"), "webhook_calls", "webhook", 30, "rules:write"),
    NavItem("设置", _("发信设置"), "delivery_settings", "send", 40, "settings:read"),
]
if settings.DEMO:
    OFFERS.append(NavItem("触达", _("演示邮箱"), "mailbox", "inbox", 40, "messages:write"))
