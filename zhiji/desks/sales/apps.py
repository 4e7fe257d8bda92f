from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.desks.sales"
    label = "sales"
    verbose_name = _("销售")
