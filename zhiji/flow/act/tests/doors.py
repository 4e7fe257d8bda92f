"""What the pages and calls of linkage rules are asked."""

from zhiji.config.tests.doors.asked import Ask

PLACES = {
    "rules/<slug:key>/": "rules/thanks/",
    "rules/step/": "rules/step/?kind=tag",
    "/api/rules/{key}": "/api/rules/thanks",
    "/api/rules/{key}/switch": "/api/rules/thanks/switch?to=off",
}
READS = {
    **dict.fromkeys(
        ["rules/", "rules/<slug:key>/", "rules/<slug:key>/entries/", "rules/<slug:key>/history/", "/api/rules",
         "/api/rules/{key}", "/api/rules/{key}/entries"],
        "rules:read",
    ),
    **dict.fromkeys(["rules/new/", "rules/step/", "rules/<slug:key>/edit/"], "rules:write"),
}  # fmt: skip
FORM = {
    "name": "新规则", "trigger": "fact", "t_fact": "order_paid", "t_where": "[]", "audience": "everyone", "step": "a",
    "a.kind": "tag", "a.tag": "新", "holdout": "10", "reentry": "once", "goal_fact": "order_paid", "goal_days": "7",
}  # fmt: skip
RULE = {"name": "新规则", "trigger": {"kind": "fact", "fact": "order_paid"}, "steps": [{"kind": "tag", "tag": "新"}]}
OFF, ON = ("rule switched off",), ("rule switched on",)
CHANGES = {
    "POST rules/new/": Ask("rules:write", FORM, ("rule created",)),
    "POST rules/preview/": Ask("rules:write", FORM, changes=False),
    "POST rules/<slug:key>/edit/": Ask("rules:write", FORM, ("rule edited",)),
    "POST rules/<slug:key>/switch/": Ask("rules:write", {"on": "0"}, OFF, then={"on": "1"}, then_audits=ON),
    "POST rules/<slug:key>/removal/": Ask("rules:write", {}, ("rule archived", *OFF)),
    "POST rules/<slug:key>/retries/": Ask("rules:write", {}, ("failed steps retried",)),
    "POST /api/rules": Ask("rules:write", RULE, ("rule created",)),
    "PATCH /api/rules/{key}": Ask("rules:write", {"name": "新名"}, ("rule edited",)),
    "DELETE /api/rules/{key}": Ask("rules:write", {}, ("rule deleted",), at="/api/rules/idle"),
    "POST /api/rules/{key}/switch": Ask("rules:write", {}, OFF),
}
