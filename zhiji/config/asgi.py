"""One address, two doors: the tracking protocol is served by bare ASGI, everything else by Django."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")

from django.core.asgi import get_asgi_application

django_application: Any = get_asgi_application()

from zhiji.flow.collect.web.tracking import Tracking  # noqa: E402 - needs Django set up

application = Tracking(otherwise=django_application)
