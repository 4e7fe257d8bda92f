from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.shell"
    label = "shell"
    verbose_name = "框架"
