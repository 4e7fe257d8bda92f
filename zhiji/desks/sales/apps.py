from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.desks.sales"
    label = "sales"
    verbose_name = "销售"
