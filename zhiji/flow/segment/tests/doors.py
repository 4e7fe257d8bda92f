"""What the pages and calls of segments, schemes and conditions are asked."""

import json
from typing import Any

from zhiji.config.tests.doors.asked import Ask
from zhiji.config.tests.house import CLASSES, TWICE
from zhiji.flow.segment.definitions.cut_points import names, publish_now
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.models import CutPoints
from zhiji.kernel import clock

PLACES = {
    "explain/<int:pk>/": "explain/{customer}/?of=scheme:life",
    "explain/<int:pk>/since/": "explain/{customer}/since/?of=scheme:life",
    "segments/<slug:key>/": "segments/buyers/",
    "segments/<slug:key>/archive/": "segments/spare/archive/",
    "exports/<int:pk>/": "exports/{export}/",
    "builds/<int:pk>/": "builds/{build}/",
    "schemes/<slug:key>/": "schemes/life/",
    "schemes/<slug:key>/<slug:class_key>/": "schemes/life/buys/",
    "/api/segments/{key}": "/api/segments/buyers",
    "/api/segments/{key}/explain": "/api/segments/buyers/explain?customer={customer}",
    "/api/schemes/{key}": "/api/schemes/life",
    "/api/schemes/{key}/explain": "/api/schemes/life/explain?customer={customer}",
    "/api/schemes/{key}/classes/{class_key}/": "/api/schemes/life/classes/buys/",
    "/api/customers/{customer}/": "/api/customers/{customer}/",
    "/api/builds/{id}": "/api/builds/{build}",
}
ADDRESSES = {"DELETE /api/segments/{key}": "/api/segments/spare"}
_PAGES = [
    "segments/",
    "conditions/",
    "conditions/properties/",
    "conditions/values/",
    "conditions/pick/",
    "conditions/lunar/",
    "conditions/templates/",
    "explain/<int:pk>/",
    "explain/<int:pk>/since/",
    "segments/<slug:key>/",
    "segments/<slug:key>/history/",
    "segments/<slug:key>/composition/",
    "segments/<slug:key>/overlap/",
    "segments/<slug:key>/members/",
    "segments/<slug:key>/changes/",
    "builds/<int:pk>/",
    "schemes/",
    "schemes/<slug:key>/",
    "schemes/<slug:key>/review/",
    "schemes/<slug:key>/months/",
    "schemes/<slug:key>/borders/",
    "schemes/<slug:key>/movements/",
    "schemes/<slug:key>/<slug:class_key>/",
]
_CALLS = [
    "segments",
    "segments/{key}",
    "segments/{key}/members",
    "schemes",
    "schemes/{key}",
    "schemes/{key}/classes/{class_key}/members",
    "conditions/schema",
    "segments/{key}/history",
    "segments/{key}/composition",
    "segments/{key}/overlap",
    "schemes/{key}/review",
    "schemes/{key}/borders",
    "segments/{key}/explain",
    "schemes/{key}/explain",
    "customers/{customer}/changes",
    "builds",
    "builds/{id}",
    "customers/{customer}/memberships",
]
READS = {
    **dict.fromkeys([*_PAGES, *(f"/api/{path}" for path in _CALLS)], "segments:read"),
    **dict.fromkeys(["segments/new/", "segments/<slug:key>/edit/"], "segments:write"),
    **dict.fromkeys(["schemes/new/", "schemes/<slug:key>/edit/"], "segments:write"),
    "exports/<int:pk>/": "",
    "exports/<int:pk>/file/": "",
}
NOTHING_THERE = {"exports/<int:pk>/file/": "404"}
"""Routes that answer 404 here, as nothing is there to fetch."""
SHOWN = {"condition": "{condition}", "own_key": "segment:buyers"}
WRITTEN = {"name": "新", "description": "", "condition": json.dumps(TWICE)}
RENAMED = [{**one, "name": f"{one['name']}改"} for one in CLASSES]
SCHEME = {"name": "新", "description": "", "classes": json.dumps(RENAMED)}
MADE, EDITED = ("build asked for", "segment created"), ("build asked for", "segment edited")
SCHEME_EDITED = ("build asked for", "scheme classes edited", "scheme edited")


def _read(body: dict[str, object], **more: object) -> Ask:
    return Ask("segments:read", body, changes=False, **more)  # type: ignore[arg-type]


CHANGES = {
    **{
        f"POST {one}/": _read(SHOWN)
        for one in ("segments/preview", "segments/preview/trend", "segments/preview/difference", "conditions/check",
                    "conditions/count")
    },
    "POST segments/preview/people/": _read({**SHOWN, "sample": "{customer}"}, refused=(200,)),
    "POST conditions/read/": _read({"text": "近 90 天 支付订单 次数 ≥ 3"}),
    "POST conditions/suggest/": _read({"text": "近", "cursor": "1"}),
    "POST segments/new/": Ask("segments:write", WRITTEN, MADE),
    "POST segments/<slug:key>/edit/": Ask("segments:write", WRITTEN, EDITED),
    "POST segments/<slug:key>/archive/": Ask("segments:write", {}, ("segment archived",)),
    "POST segments/<slug:key>/export/": Ask(
        "segments:read & customers:export", {"form": "csv"}, ("customers exported",)
    ),
    "POST exports/<int:pk>/cancel/": Ask("", {}, ("export cancelled",)),
    "POST builds/<int:pk>/cancel/": Ask("segments:write", {}, ("build cancelled",), on="segment.build {build}"),
    "POST schemes/new/": Ask("segments:write", SCHEME, ("build asked for", "scheme created")),
    "POST schemes/<slug:key>/edit/": Ask("segments:write", SCHEME, SCHEME_EDITED),
    "POST schemes/trial/": Ask("segments:write", {"classes": RENAMED}, changes=False, json=True),
    "POST schemes/<slug:key>/trial/": Ask("segments:write", {"classes": RENAMED}, changes=False, json=True),
    "POST /api/conditions/preview": _read({"condition": "{tree}"}),
    "POST /api/conditions/read": _read({"sentence": "近 90 天 支付订单 次数 ≥ 3"}),
    "POST /api/conditions/suggest": _read({"sentence": "近", "cursor": 1}),
    "POST /api/conditions/explain": _read({"condition": "{tree}", "customer": "{customer}"}),
    "POST /api/schemes/{key}/trial": _read({"classes": RENAMED}),
    "POST /api/segments/{key}/difference": _read({"condition": TWICE}),
    "POST /api/segments": Ask("segments:write", {"key": "fresh", "name": "新", "condition": TWICE}, MADE),
    "PATCH /api/segments/{key}": Ask("segments:write", {"condition": TWICE}, EDITED),
    "DELETE /api/segments/{key}": Ask("segments:write", {}, ("segment archived",)),
    "POST /api/schemes": Ask(
        "segments:write", {"key": "fresh", "name": "新", "classes": CLASSES}, ("build asked for", "scheme created")
    ),
    "PATCH /api/schemes/{key}": Ask("segments:write", {"classes": RENAMED}, SCHEME_EDITED),
}  # fmt: skip


def _publish(world: Any) -> int:
    CutPoints.objects.all().delete()
    assert publish_now(clock.now(), names(definitions()), by=world.alice)[0]
    return int(world.alice.pk)


DEEDS = {"cut points published": (_publish, ())}
