"""What the pages of letters and of the demo's mailbox are asked."""

from zhiji.config.tests.doors.asked import Ask
from zhiji.flow.deliver.tests.doors import WORDING

PLACES = {
    "templates/people": "templates/people?q=人甲",
    "mailbox/<int:pk>/": "mailbox/{mail}/",
}
READS = {
    "templates/people": "messages:read",
    **dict.fromkeys(["mailbox/", "mailbox/<int:pk>/", "mailbox/<int:pk>/letter"], "messages:write"),
    "mailbox/<int:pk>/raw": "messages:write & contacts:reveal",
}
CHANGES = {
    "POST templates/findings": Ask(
        "messages:write", {"customer": "{customer}", **WORDING}, changes=False, refused=(200, 403)
    ),
    "POST templates/preview": Ask(
        "messages:read", {"customer": "{customer}", **WORDING}, changes=False, refused=(200, 403)
    ),
    "POST templates/<slug:key>/test": Ask("messages:write", {"customer": "{customer}"}, changes=False),
}
