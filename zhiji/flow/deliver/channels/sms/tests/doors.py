"""What the page of a text message's template asks."""

from zhiji.config.tests.doors.asked import Ask

CHANGES = {
    "POST templates/sms-preview": Ask(
        "messages:read", {"customer": "{customer}", "text": "好", "sign": "店"}, changes=False, refused=(200, 403)
    ),
}
