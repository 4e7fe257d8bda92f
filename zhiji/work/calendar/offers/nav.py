from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = (NavItem(SETTINGS, _("工作日历"), "work_calendar", "calendar-time", 35, "settings:read"),)
