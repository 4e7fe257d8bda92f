"""What the pages and calls of comments are asked: whoever doesn't see the record is told that there is none."""

from zhiji.config.tests.doors.asked import Ask

ROLES = {"comments:read": "AMKSVN", "comments:write": "AMKSVN"}
RECORD = "?subject=resolve.customer&id={customer}"
PLACES = {
    "comments/panel/": f"comments/panel/{RECORD}",
    "comments/people/": f"comments/people/{RECORD}",
    "comments/<int:pk>/": "comments/{comment}/",
    "/api/comments": f"/api/comments{RECORD}",
}
READS = {
    "comments/panel/": "comments:read",
    "comments/people/": "comments:read",
    "/api/comments": "comments:read",
}
WRITE, COMMENT = "comments:write", "comments.comment {comment}"
SAID = {"subject": "resolve.customer", "id": "{customer}", "text": "打过电话"}
CHANGES = {
    "POST comments/new/": Ask(WRITE, SAID, ("comment written",)),
    "POST comments/following/": Ask(
        "comments:read", {"subject": "resolve.customer", "id": "{other}"}, then={**SAID, "id": "{other}", "on": "0"}
    ),
    "POST comments/<int:pk>/edit/": Ask(WRITE, {"text": "改了"}, ("comment edited",), on=COMMENT),
    "POST comments/<int:pk>/deletion/": Ask(WRITE, {}, ("comment deleted",), on=COMMENT),
    "POST /api/comments": Ask(WRITE, SAID, ("comment written",), at="/api/comments"),
}
