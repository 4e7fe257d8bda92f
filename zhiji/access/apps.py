from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.access"
    label = "access"
    verbose_name = "权限"
