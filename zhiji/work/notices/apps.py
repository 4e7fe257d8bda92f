from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.work.notices"
    label = "notices"
    verbose_name = _("通知")
