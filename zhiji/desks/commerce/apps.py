from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.desks.commerce"
    label = "commerce"
    verbose_name = "商品订单"
