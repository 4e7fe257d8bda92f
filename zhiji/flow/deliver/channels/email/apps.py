from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class App(AppConfig):
    name = "zhiji.flow.deliver.channels.email"
    label = "email"
    verbose_name = _("邮件")
