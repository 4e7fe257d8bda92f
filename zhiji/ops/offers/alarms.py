"""A loop of the workers fails, or hasn't been heard of."""

from django.utils.translation import gettext as _

from zhiji.kernel.alarms import Alarm
from zhiji.kernel.loops import pulses


def found() -> list[str]:
    ill = [one.name for one in pulses() if not one.well]
    if not ill:
        return []
    said = {"names": "、".join(ill[:6]) + ("…" if len(ill) > 6 else "")}
    return [_("后台循环没有正常运行：%(names)s。请到系统页查看原因；工作进程没有启动时，请启动它。") % said]


OFFERS = (Alarm("loops", found),)
