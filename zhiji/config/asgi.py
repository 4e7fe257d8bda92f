"""One address, two doors: the tracking protocol is served by bare ASGI, everything else by Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")

import django

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - needs Django set up

from zhiji.config.pages import Pages  # noqa: E402 - needs Django set up
from zhiji.config.proxies import ByProxies  # noqa: E402
from zhiji.flow.collect.web.tracking import Tracking  # noqa: E402

_proxies = settings.OPTIONS.trusted_proxies
application = ByProxies(Tracking(otherwise=Pages()), _proxies) if _proxies else Tracking(otherwise=Pages())
