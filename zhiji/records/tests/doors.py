"""What the pages and calls of custom fields are asked, and those of every kind of records."""

from zhiji.config.tests.doors.asked import Ask
from zhiji.kernel.registry import offered
from zhiji.records.kind import RecordKind

PLACES = {
    "settings/fields/<int:pk>/": "settings/fields/{field}/",
    "/api/fields/{key}": "/api/fields/到期日",
}
READS = {
    "settings/fields/": "settings:read",
    "settings/fields/new/": "settings:write",
    "settings/fields/<int:pk>/": "settings:write",
    "/api/fields": "customers:read",
}
ON = "records.customfield {field}"
CHANGES = {
    "POST settings/fields/new/": Ask("settings:write", {"label": "车牌", "type": "text"}, ("field created",)),
    "POST settings/fields/<int:pk>/": Ask("settings:write", {"label": "到期"}, ("field edited",), on=ON),
    "POST settings/fields/<int:pk>/place/": Ask("settings:write", {"down": "1"}, ("field moved",), on=ON),
    "POST settings/fields/<int:pk>/archival/": Ask(
        "settings:write", {"archived": "1"}, ("field archived",), on=ON, then={"archived": "0"},
        then_audits=("field restored",),
    ),
    "POST /api/fields": Ask("settings:write", {"label": "车牌", "type": "text"}, ("field created",)),
    "PATCH /api/fields/{key}": Ask("settings:write", {"section": "合同"}, ("field edited",), on=ON),
}  # fmt: skip


def _of_kind(kind: RecordKind) -> None:
    """What follows from the declaration is asked of each kind alike; what its acts do, its app's own tests/doors.py."""
    pages = ["", "count/", "filters/", *(["board/"] if kind.board else []), *(["calendar/"] if kind.day else [])]
    READS.update({kind.path + page: kind.reads for page in pages})
    if kind.acts:
        place = f"{kind.path}acts/<slug:act>/"
        PLACES[place], READS[place] = f"{kind.path}acts/{kind.acts[0].key}/", kind.acts[0].permission
    PLACES[f"{kind.path}views/<int:pk>/"] = f"{kind.path}views/{{view_{kind.key}}}/"
    kept = {"name": "新视图", "query": ""}
    CHANGES[f"POST {kind.path}views/"] = Ask(kind.reads, kept, ("view saved",))
    CHANGES[f"POST {kind.path}views/<int:pk>/removal/"] = Ask(
        kind.reads, {}, ("view removed",), on=f"records.savedview {{view_{kind.key}}}"
    )
    READS[f"/api/lists/{kind.key}"] = kind.reads
    CHANGES[f"POST {kind.path}export/"] = Ask(
        f"{kind.reads} & {kind.exports}", {"query": ""}, ("list exported",), on="access.user {me}"
    )


for door in ("deeds/<int:pk>/undo/", "/api/deeds/{id}/undo"):
    CHANGES[f"POST {door}"] = Ask("tasks:write", {}, ("deed undone", "task postponed"))
PLACES |= {"deeds/<int:pk>/": "deeds/{deed}/", "/api/deeds/{id}": "/api/deeds/{deed}"}
for one in offered(RecordKind):
    _of_kind(one)
