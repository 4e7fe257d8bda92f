from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.segment"
    label = "segment"
    verbose_name = "分类"
