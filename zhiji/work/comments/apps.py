from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.work.comments"
    label = "comments"
    verbose_name = _("备注与讨论")
