"""One address, two doors: the tracking protocol is served by bare ASGI, everything else by Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")

import django

django.setup(set_prefix=False)

from zhiji.config.pages import Pages  # noqa: E402 - needs Django set up
from zhiji.flow.collect.web.tracking import Tracking  # noqa: E402

application = Tracking(otherwise=Pages())
