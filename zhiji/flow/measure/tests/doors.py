"""What the pages and calls of figures are asked."""

PLACES = {
    "effects/<slug:key>/": "effects/thanks/",
    "effects/<slug:key>/<slug:arm>/": "effects/thanks/treated/",
    "moves/<slug:scheme>/<slug:source>/<slug:target>/": "moves/life/rest/buys/",
    "weeks/<str:monday>/": "weeks/{monday}/",
    "/api/metrics/{name}": "/api/metrics/totals",
    "/api/rules/{key}/effect": "/api/rules/thanks/effect",
}
READS = dict.fromkeys(
    ["", "effects/", "effects/<slug:key>/", "effects/<slug:key>/<slug:arm>/", "figures/",
     "moves/<slug:scheme>/<slug:source>/<slug:target>/", "weeks/<str:monday>/", "/api/metrics/{name}",
     "/api/rules/{key}/effect"],
    "reports:read",
)  # fmt: skip
