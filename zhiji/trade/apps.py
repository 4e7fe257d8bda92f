from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.trade"
    label = "commerce"
    verbose_name = _("商品订单")
