from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.deliver"
    label = "deliver"
    verbose_name = "触达"
