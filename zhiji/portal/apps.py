from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.portal"
    label = "portal"
    verbose_name = _("顾客页面")
