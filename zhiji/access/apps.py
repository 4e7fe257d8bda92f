from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

TAG = "zhiji"


class App(AppConfig):
    name = "zhiji.access"
    label = "access"
    verbose_name = "权限"

    def ready(self) -> None:
        checks.register(_erasers, TAG)
        checks.register(_words, TAG)


def _erasers(app_configs: Sequence[AppConfig] | None, **_given: Any) -> list[checks.CheckMessage]:
    """Nothing is kept of a customer that isn't forgotten with them."""
    from django.apps import apps

    from zhiji.access.erasing import gaps

    return [checks.Error(one, id="zhiji.E001") for one in gaps(apps.get_models())]


def _words(app_configs: Sequence[AppConfig] | None, **_given: Any) -> list[checks.CheckMessage]:
    """What is written down and asked has words."""
    from pathlib import Path

    from zhiji.access.emitted import unsaid
    from zhiji.kernel.registry import ours

    return [checks.Error(one, id="zhiji.E002") for one in unsaid(Path(app.path) for app in app_configs or ours())]
