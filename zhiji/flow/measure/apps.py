from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.measure"
    label = "measure"
    verbose_name = "衡量"
