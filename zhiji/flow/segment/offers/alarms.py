"""The live classification is behind, or goes on without some definitions."""

from datetime import timedelta

from django.utils.translation import gettext as _

from zhiji.flow.segment.definitions.registry import grouped
from zhiji.flow.segment.live.up_to import UpTo, told, up_to
from zhiji.flow.segment.models import Scheme, Segment
from zhiji.kernel.alarms import Alarm
from zhiji.kernel.listing import listed

LONG = timedelta(minutes=1)


def found() -> list[str]:
    now = up_to()
    return [*_behind(now), *_aside(now)]


def _behind(now: UpTo) -> list[str]:
    if now.paused or now.lag is None or now.lag < LONG or now.at is None:
        return []
    said = {"at": told(now.at), "minutes": int(now.lag.total_seconds() // 60), "loop": now.loop}
    behind = _("实时分类落后 %(minutes)s 分钟：只算到 %(at)s，卡在后台循环“%(loop)s”。") % said
    return [behind + _("大批导入时会这样，会自己赶上；否则请看系统页和日志。")]


def _aside(now: UpTo) -> list[str]:
    if not now.aside:
        return []
    segments, schemes = grouped(now.aside)
    names = [*Segment.objects.filter(key__in=segments).values_list("name", flat=True)]
    names += Scheme.objects.filter(key__in=schemes).values_list("name", flat=True)
    said = {"count": len(names), "names": listed(names[:5]) + ("…" if len(names) > 5 else "")}
    aside = _("%(count)s 个客群或方案算不了，已暂停更新，其余照常：%(names)s。") % said
    return [aside + _("它们的页面上写着原因。")] if names else []


OFFERS = (Alarm("live", found),)
