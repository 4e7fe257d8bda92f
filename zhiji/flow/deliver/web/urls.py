from django.urls import path

from zhiji.flow.deliver.web import mailbox, messages, pictures, public, settings, templates, trials, webhooks

urlpatterns = [
    path("messages/", messages.ledger, name="messages"),
    path("messages/new", messages.write, name="message_new"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/letter", messages.letter_as_sent, name="message_letter"),
    path("messages/<int:pk>/cancellation", messages.cancel, name="message_cancel"),
    path("messages/<int:pk>/retry", messages.retry, name="message_retry"),
    path("templates/", templates.listing, name="templates"),
    path("templates/new", templates.edit, name="template_new"),
    path("templates/preview", trials.preview, name="template_preview"),
    path("templates/findings", trials.findings, name="template_findings"),
    path("templates/people", trials.people, name="template_people"),
    path("templates/pictures", pictures.add, name="template_pictures"),
    path("templates/<slug:key>/", templates.edit, name="template"),
    path("templates/<slug:key>/archive", templates.archive, name="template_archive"),
    path("templates/<slug:key>/test", trials.send_test, name="template_test"),
    path("webhooks/", webhooks.calls, name="webhook_calls"),
    path("webhooks/secret", webhooks.secret, name="webhook_secret"),
    path("webhooks/<int:pk>/retry", webhooks.retry, name="webhook_retry"),
    path("settings/delivery/", settings.delivery, name="delivery_settings"),
    path("mailbox/", mailbox.listing, name="mailbox"),
    path("mailbox/<int:pk>/", mailbox.mail, name="mailbox_mail"),
    path("mailbox/<int:pk>/letter", mailbox.letter, name="mailbox_letter"),
    path("mailbox/<int:pk>/raw", mailbox.raw, name="mailbox_raw"),
    path("m/o/<str:token>", public.opened, name="public_open"),
    path("m/c/<str:token>", public.clicked, name="public_click"),
    path("m/u/<str:token>", public.unsubscribe, name="public_unsubscribe"),
    path("m/i/<str:token>.<str:kind>", pictures.seen, name="public_picture"),
    path("m/p/<str:token>", public.preferences, name="public_preferences"),
]
