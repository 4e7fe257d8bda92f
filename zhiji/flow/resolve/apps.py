from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.resolve"
    label = "resolve"
    verbose_name = "归一"
