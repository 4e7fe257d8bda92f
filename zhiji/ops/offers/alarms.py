"""A loop of the workers fails, or hasn't been heard of; something is set aside; the disk is full."""

from django.utils.translation import gettext as _

from zhiji.kernel import room
from zhiji.kernel.alarms import Alarm
from zhiji.kernel.listing import listed
from zhiji.kernel.loops import pulses
from zhiji.ops.parts import CAP, parts


def found() -> list[str]:
    ill = [one.label for one in pulses() if not one.well]
    if not ill:
        return []
    said = {"names": listed(ill[:6]) + ("…" if len(ill) > 6 else "")}
    return [_("后台循环没有正常运行：%(names)s。请到系统页查看原因；工作进程没有启动时，请启动它。") % said]


def set_aside() -> list[str]:
    now, texts = parts(), []
    if now.aside:
        texts.append(
            _("%(count)s 条行为处理时出错，已单独放开，其余照常。请到“隔离区 › 处理中出错”查看、再试或丢弃。")
            % {"count": f"{CAP}+" if now.aside >= CAP else now.aside}
        )
    if now.lanes:
        said = {"names": listed(list(now.lanes)[:5]) + ("…" if len(now.lanes) > 5 else "")}
        texts.append(_("历史库写不进这些行为：%(names)s。其余照常，原因见“隔离区 › 处理中出错”。") % said)
    return texts


def disk() -> list[str]:
    return [_("磁盘满了：新的行为暂时不收，发送方会重试。请腾出空间，之后会自己恢复。")] if room.short() else []


OFFERS = (Alarm("disk", disk), Alarm("loops", found), Alarm("set aside", set_aside))
