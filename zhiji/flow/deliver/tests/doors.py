"""What the pages and calls of messages, templates and webhooks are asked."""

from typing import Any

from zhiji.config.tests.doors.asked import Ask
from zhiji.flow.deliver.actions import UNSAVED, drop_unused_pictures
from zhiji.flow.deliver.channels.email.reasons import RETURNED
from zhiji.flow.deliver.models import Message, Picture
from zhiji.flow.deliver.receipts import settle_bounce
from zhiji.flow.deliver.web.public import PIXEL
from zhiji.kernel import clock

PLACES = {
    "messages/<int:pk>/": "messages/{message}/",
    "messages/<int:pk>/retry": "messages/{failed}/retry",
    "messages/new": "messages/new?customer={customer}",
    "templates/<slug:key>/": "templates/care/",
    "webhooks/<int:pk>/": "webhooks/{call}/",
    "settings/channels/<slug:key>/": "settings/channels/sms/",
    "m/in/<str:key>": "m/in/{inbound}",
    "m/u/<str:token>": "m/u/{letter}",
    "m/p/<str:token>": "m/p/{letter}",
    "/api/messages/{id}": "/api/messages/{message}",
    "/api/templates/{key}": "/api/templates/care",
}
READS = {
    **dict.fromkeys(
        ["messages/", "messages/<int:pk>/", "messages/<int:pk>/letter", "templates/", "templates/<slug:key>/",
         "/api/messages", "/api/messages/{id}", "/api/templates", "/api/templates/{key}"],
        "messages:read",
    ),
    "messages/new": "messages:write",
    "templates/new": "messages:write",
    "webhooks/": "rules:read",
    "settings/delivery/": "settings:read",
    "settings/channels/": "settings:read",
    "settings/channels/<slug:key>/": "settings:read",
}  # fmt: skip
LETTER = {"subject": "你好", "text": "谢谢", "purpose": "service"}
WORDING = {
    "name": "名",
    "purpose": "service",
    "subject": "好",
    "html": "<p>{{ customer.greeting }}</p>",
    "text": "好",
}
DELIVERY = {
    "sender_name": "店", "sender_address": "a@shop.example", "reply_to": "", "shop_name": "店", "shop_url": "",
    "postal": "", "cap_per_day": "2", "cap_per_week": "5", "quiet_from": "21:00", "quiet_until": "09:00",
    "max_attempts": "8",
}  # fmt: skip
CONSENT = {"audits": ("consent changed",), "facts": ("consent_changed",), "on": "resolve.customer {customer}"}
CHANGES = {
    "POST messages/<int:pk>/cancellation": Ask(
        "messages:write", {}, ("message cancelled",), on="deliver.message {message}"
    ),
    "POST messages/<int:pk>/retry": Ask("messages:write", {}, ("message retried",), on="deliver.message {failed}"),
    "POST messages/new": Ask(
        "messages:write", {"key": "0b3e3a52-6a4c-4f8e-9f0e-5d5c8f1a2b3c", **LETTER}, ("message planned",)
    ),
    "POST templates/new": Ask("messages:write", {"key": "fresh", **WORDING}, ("template made",)),
    "POST templates/<slug:key>/": Ask("messages:write", WORDING, ("template changed",)),
    "POST /api/templates": Ask("messages:write", {"key": "fresh", **WORDING}, ("template made",)),
    "PATCH /api/templates/{key}": Ask("messages:write", {"subject": "新的"}, ("template changed",)),
    "POST templates/pictures": Ask("messages:write", {}, ("picture added",), files={"picture": PIXEL}),
    "POST /api/pictures": Ask("messages:write", {}, ("picture added",), files={"picture": PIXEL}),
    "POST templates/<slug:key>/archive": Ask("messages:write", {}, ("template archived",)),
    "POST webhooks/secret": Ask("rules:write", {"url": "https://x.example/"}, ("webhook secret revealed",)),
    "POST webhooks/<int:pk>/retry": Ask("rules:write", {}, ("webhook retried",), on="deliver.webhookcall {call}"),
    "POST settings/delivery/": Ask("settings:write", DELIVERY, ("delivery settings changed",)),
    "POST settings/channels/<slug:key>/": Ask(
        "settings:write", {"mode": "live", "key_id": "LTAI", "key_secret": "s"}, ("channel account set",)
    ),
    "POST settings/channels/<slug:key>/resumption": Ask("settings:write", {}, ("channel account resumed",)),
    "POST m/in/<str:key>": Ask("mark", {}, json=True, changes=False, done=(400,)),
    "POST m/u/<str:token>": Ask("mark", {}, **CONSENT),
    "POST m/p/<str:token>": Ask("mark", {"marketing": ""}, **CONSENT),
    "POST /api/messages": Ask(
        "messages:write", {"customer": "{customer}", "key": "k", **LETTER}, ("message planned",)
    ),
}  # fmt: skip


def _bounce(world: Any) -> None:
    settle_bounce(Message.objects.get(pk=world.things["nobody"]["message"]), RETURNED, clock.now(), contact="email")


def _drop(world: Any) -> None:
    long_ago = clock.now() - 2 * UNSAVED
    Picture.objects.create(token="shown-nowhere", kind="gif", body=PIXEL, width=1, height=1, made_at=long_ago)
    assert drop_unused_pictures(by=None, as_of=clock.now()) == 1


DEEDS = {"message bounced": (_bounce, ("message_bounced",)), "pictures dropped": (_drop, ())}
