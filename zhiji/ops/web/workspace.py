"""The installation as it is: its options and where each was set, its version, whether all its parts are well."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.config import desks
from zhiji.config.options import described
from zhiji.flow.segment.live.up_to import up_to
from zhiji.kernel.loops import pulses
from zhiji.kernel.registry import ours
from zhiji.kernel.waiting import waiting
from zhiji.ops.backup.standing import last
from zhiji.ops.readiness import readiness

SOURCES = {"environment": _("环境变量"), "file": _("配置文件"), "default": _("默认")}
CHECKS = {
    "disk": _("磁盘空间"),
    "database": _("数据库"),
    "migrations": _("表结构"),
    "worker": _("后台进程"),
    "pipeline": _("数据流水线"),
    "lake": _("历史库"),
}
MEANINGS = {
    "HOME": _("数据目录：数据库、湖、密钥"),
    "PORT": _("网页服务的端口"),
    "HOST": _("网页服务监听的地址"),
    "PUBLIC_URL": _("客户访问我们的地址，用于邮件里的链接"),
    "DATABASE_URL": _("自备的 PostgreSQL（16 以上），代替内置的"),
    "SMTP_URL": _("外发邮件的服务器"),
    "SECRET_KEY": _("为会话与链接签名；首次启动时生成，存在数据目录"),
    "MASTER_KEY": _("包裹每位客户密钥的主密钥；首次启动时生成，存在数据目录"),
    "TIME_ZONE": _("工作区的时区"),
    "CURRENCY": _("工作区的货币"),
    "ALLOWED_HOSTS": _("允许的主机名，逗号分隔；本机总是允许"),
    "WEBHOOK_PRIVATE": _("回调可否访问内网地址"),
    "LAKE_URL": _("Delta 表的位置（目录或对象存储），默认在数据目录"),
    "BACKUP_URL": _("备份放在哪里（另一块磁盘的目录或 s3://桶/路径）；给出后自动备份"),
    "BACKUP_HOURS": _("每隔多少小时备份一次"),
    "BACKUP_KEEP": _("备份保留规则：最近几天、几周、几月各留最新的一份"),
    "DESKS": _("打开哪些模块，逗号分隔；all 为全部。关闭的模块不显示，数据保留"),
    "LOG_LEVEL": _("记录到哪一级日志"),
    "LOG_JSON": _("日志写成 JSON 行"),
    "DEBUG": _("开发者的出错页面，生产环境不要打开"),
    "TEST_CLOCK": _("测试时可拨动时钟"),
    "DEMO_SHOPPERS": _("演示的顾客：整天浏览和下单"),
    "DEMO": _("这是演示：屏幕上注明，邮件只进本机信箱"),
}


@require_GET
def workspace(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101 - SignInRequired lets no one else through
    require(request.user, "settings:read")
    checks = [
        (CHECKS.get(name, name), check["ok"], check.get("degraded")) for name, check in readiness().checks.items()
    ]
    context = {
        "options": [_option(option, text, source) for option, text, source in described()],
        "checks": checks,
        "loops": sorted(pulses(), key=lambda one: one.name),
        "lag": waiting().longest,
        "upto": up_to(),
        "backups": last(),
        "backups_late": last().late(settings.OPTIONS.backup_hours),
        "backups_to": settings.OPTIONS.backup_url,
        "desks": _desks(),
        "facts": [
            (_("版本"), _version()),
            ("Python", platform.python_version()),
            ("PostgreSQL", _postgres()),
            (_("时区"), settings.TIME_ZONE),
            (_("货币"), settings.CURRENCY),
        ],
    }
    return render(request, "ops/workspace.html", context)


def _option(option: Any, text: str, source: str) -> dict[str, Any]:
    return {
        "name": f"ZHIJI_{option.name}",
        "text": text,
        "source": SOURCES.get(source, source),
        "set": source != "default",
        "meaning": MEANINGS.get(option.name, option.help),
    }


def _desks() -> list[tuple[str, Any, bool]]:
    """(name as in the setting, words, whether it is on) of every desk."""
    words = {app.name: app.verbose_name for app in ours()}
    return [(name, words[app], settings.DESKS[app]) for name, app in desks.found().items()]


def _version() -> str:
    try:
        return version("zhiji")
    except PackageNotFoundError:
        return "–"


def _postgres() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]
