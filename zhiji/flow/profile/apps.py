from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.profile"
    label = "profile"
    verbose_name = "画像"
