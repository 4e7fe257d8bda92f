from django.urls import path

from zhiji.flow.deliver.web import channels, inbound, messages, pictures, public, settings, templates, webhooks

urlpatterns = [
    path("messages/", messages.ledger, name="messages"),
    path("messages/new", messages.write, name="message_new"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/letter", messages.letter_as_sent, name="message_letter"),
    path("messages/<int:pk>/cancellation", messages.cancel, name="message_cancel"),
    path("messages/<int:pk>/retry", messages.retry, name="message_retry"),
    path("templates/", templates.listing, name="templates"),
    path("templates/new", templates.edit, name="template_new"),
    path("templates/pictures", pictures.add, name="template_pictures"),
    path("templates/<slug:key>/", templates.edit, name="template"),
    path("templates/<slug:key>/archive", templates.archive, name="template_archive"),
    path("webhooks/", webhooks.calls, name="webhook_calls"),
    path("webhooks/secret", webhooks.secret, name="webhook_secret"),
    path("webhooks/<int:pk>/retry", webhooks.retry, name="webhook_retry"),
    path("settings/delivery/", settings.delivery, name="delivery_settings"),
    path("settings/channels/", channels.listing, name="channels"),
    path("settings/channels/<slug:key>/", channels.account, name="channel"),
    path("settings/channels/<slug:key>/resumption", channels.resume, name="channel_resume"),
    path("m/in/<str:key>", inbound.inbound, name="inbound"),
    path("m/o/<str:token>", public.opened, name="public_open"),
    path("m/c/<str:token>", public.clicked, name="public_click"),
    path("m/u/<str:token>", public.unsubscribe, name="public_unsubscribe"),
    path("m/i/<str:token>.<str:kind>", pictures.seen, name="public_picture"),
    path("m/p/<str:token>", public.preferences, name="public_preferences"),
]
