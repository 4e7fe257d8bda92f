from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks


class App(AppConfig):
    name = "zhiji.access"
    label = "access"
    verbose_name = "权限"

    def ready(self) -> None:
        checks.register(_erasers)


def _erasers(app_configs: Sequence[AppConfig] | None, **_given: Any) -> list[checks.CheckMessage]:
    """Nothing is kept of a customer that isn't forgotten with them."""
    from django.apps import apps

    from zhiji.access.erasing import gaps

    return [checks.Error(one, id="zhiji.E001") for one in gaps(apps.get_models())]
