from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.desks.loyalty"
    label = "loyalty"
    verbose_name = _("会员")
