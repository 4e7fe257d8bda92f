"""What the pages and calls of custom fields are asked."""

from zhiji.config.tests.doors.asked import Ask

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
