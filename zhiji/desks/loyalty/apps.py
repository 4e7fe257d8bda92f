from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.desks.loyalty"
    label = "loyalty"
    verbose_name = "会员"
