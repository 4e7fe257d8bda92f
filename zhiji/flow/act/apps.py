from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.act"
    label = "act"
    verbose_name = "联动"
