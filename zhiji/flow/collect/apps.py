from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.flow.collect"
    label = "collect"
    verbose_name = "采集"
