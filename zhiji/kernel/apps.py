from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.kernel"
    label = "kernel"
    verbose_name = "内核"
