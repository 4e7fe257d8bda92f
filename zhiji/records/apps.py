from django.apps import AppConfig


class App(AppConfig):
    name = "zhiji.records"
    label = "records"
    verbose_name = "记录"

    def ready(self) -> None:
        from zhiji.records.types import every

        every()  # a type that lacks a part refuses the start
