from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver.offers.nav import MESSAGES
from zhiji.kernel.nav import NavItem

OFFERS = [NavItem(MESSAGES, _("演示邮箱"), "mailbox", "inbox", 40, "messages:write")] if settings.DEMO else []
