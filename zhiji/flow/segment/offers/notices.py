"""What people hear of the builds and files that they asked for."""

from django.utils.translation import gettext_lazy as _

from zhiji.work.notices.kinds import NoticeKind

READ, EXPORT = "segments:read", "customers:export"
OFFERS = (
    NoticeKind(
        "export done",
        _("导出好了"),
        "download",
        _("导出好了，共 %(rows)s 行；保留 7 天"),
        _("%(count)s 个导出好了"),
        EXPORT,
    ),
    NoticeKind(
        "export failed",
        _("导出没有成功"),
        "alert-triangle",
        _("导出没有成功；打开看原因"),
        _("%(count)s 个导出没有成功"),
        EXPORT,
    ),
    NoticeKind(
        "build done",
        _("计算完成"),
        "calculator",
        _("您要的计算完成了"),
        _("您要的 %(count)s 次计算完成了"),
        READ,
        mail=False,
    ),
    NoticeKind(
        "build failed",
        _("计算没有成功"),
        "alert-triangle",
        _("您要的计算没有成功"),
        _("您要的 %(count)s 次计算没有成功"),
        READ,
    ),
)
