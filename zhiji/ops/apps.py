from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.ops"
    label = "ops"
    verbose_name = "运维"
