"""What the pages and calls of sources, imports and the quarantine are asked."""

import json
from typing import Any

from zhiji.config.tests.doors.asked import Ask
from zhiji.flow.collect.actions.aside import try_lanes
from zhiji.flow.collect.actions.quarantine import body_of
from zhiji.flow.collect.actions.sources import rename_source
from zhiji.flow.collect.models import Quarantined, Source

PLACES = {
    "sources/names/<int:pk>/": "sources/names/{line}/",
    "sources/<slug:key>/": "sources/{source}/",
    "imports/<int:pk>/": "imports/{waiting_run}/",
    "imports/<int:pk>/resumption/": "imports/{stopped_run}/resumption/",
    "imports/draft/<uuid:ticket>/": "imports/draft/{ticket}/",
    "quarantine/<int:pk>/": "quarantine/{quarantined}/",
    "/api/quarantine/{id}/": "/api/quarantine/{quarantined}/",
}
READS = {
    "sources/": "sources:read",
    "sources/new/": "sources:write",
    "sources/names/": "sources:read",
    "sources/names/new/": "sources:write",
    "sources/names/<int:pk>/": "sources:write",
    "sources/<slug:key>/": "sources:read",
    "imports/": "sources:read",
    "imports/words/": "settings:read",
    "imports/draft/<uuid:ticket>/": "sources:write",
    "imports/<int:pk>/": "sources:read",
    "imports/<int:pk>/failures/": "sources:write",
    "quarantine/": "quarantine:write",
    "quarantine/<int:pk>/": "quarantine:write",
    "quarantine/aside/": "quarantine:write",
    "/api/set-aside": "quarantine:write",
    "/api/sources": "sources:read",
    "/api/quarantine": "quarantine:write",
}
NOTHING_THERE = {"imports/<int:pk>/failures/": "404"}
NAMED = {"theirs": "Cart Shown", "ours": "cart_shown", "properties": ""}
COLUMNS = {"column-id": "会员号", "column-name": "姓名"}
DRAFT = {"kind": "customer", "kind_was": "customer", "rest": "1", "start": "1", **COLUMNS}
MENDED = json.dumps({"type": "track", "userId": "q", "event": "Seen Again"})
ASIDE = {"on": "kernel.setaside {aside}"}
TRIED, DROPPED = ("set-aside fact tried again",), ("set-aside fact dropped",)
CHANGES = {
    "POST quarantine/aside/settlement/": Ask(
        "quarantine:write", {"id": "{aside}", "verb": "retry"}, TRIED, **ASIDE,
        then={"id": "{aside}", "verb": "drop"}, then_audits=DROPPED,
    ),
    "POST /api/set-aside/retry": Ask("quarantine:write", {"ids": ["{aside}"]}, TRIED, **ASIDE),
    "POST /api/set-aside/drop": Ask("quarantine:write", {"ids": ["{aside}"]}, DROPPED, **ASIDE),
    "POST sources/new/": Ask("sources:write", {"name": "新", "key": "fresh"}, ("source created",)),
    "POST sources/names/new/": Ask("sources:write", NAMED, ("event name saved",)),
    "POST sources/names/<int:pk>/": Ask("sources:write", NAMED, ("event name saved",), on="collect.eventname {line}"),
    "POST sources/names/<int:pk>/removal/": Ask(
        "sources:write", {}, ("event name removed",), on="collect.eventname {line}"
    ),
    "POST sources/<slug:key>/key/": Ask("sources:write", {}, ("write key rotated",)),
    "POST sources/<slug:key>/switch/": Ask(
        "sources:write", {"enabled": "0"}, ("source disabled",), then={"enabled": "1"}, then_audits=("source enabled",)
    ),
    "POST imports/": Ask("sources:write", files={"file": "会员号,姓名\n1,张三\n".encode()}, changes=False),
    "POST imports/words/": Ask("settings:write", {"words": "无\nN/A"}, ("words for nothing changed",)),
    "POST imports/draft/<uuid:ticket>/": Ask("sources:write", DRAFT, ("import started",)),
    "POST imports/<int:pk>/cancellation/": Ask(
        "sources:write", {}, ("import cancelled",), on="collect.importrun {waiting_run}"
    ),
    "POST imports/<int:pk>/resumption/": Ask(
        "sources:write", {}, ("import resumed",), on="collect.importrun {stopped_run}"
    ),
    "POST quarantine/<int:pk>/": Ask(
        "quarantine:write", {"body": MENDED}, ("quarantined fact replayed",), ("seen_again",),
        on="collect.quarantined {quarantined}",
    ),
    "POST quarantine/settlement/": Ask(
        "quarantine:write", {"id": "{quarantined}", "verb": "replay"}, ("quarantined fact replayed",), ("seen",),
        on="collect.quarantined {quarantined}", then={"id": "{quarantined_too}", "verb": "discard"},
        then_audits=("quarantined fact discarded",),
    ),
    "POST /api/quarantine/{id}/replay": Ask(
        "quarantine:write", {"body": MENDED}, ("quarantined fact replayed",), ("seen_again",),
        on="collect.quarantined {quarantined}",
    ),
}  # fmt: skip


def _rename(world: Any) -> int:
    rename_source(Source.objects.get(), by=world.alice, name="新名")
    return int(world.alice.pk)


def _read(world: Any) -> int:
    body_of(Quarantined.objects.get(pk=world.things[""]["quarantined"]), by=world.alice)
    return int(world.alice.pk)


def _try_the_lake(world: Any) -> int:
    assert try_lanes(by=world.alice) == 1
    return int(world.alice.pk)


DEEDS = {
    "source renamed": (_rename, ()),
    "quarantined event read": (_read, ()),
    "lake tried again": (_try_the_lake, ()),
}
