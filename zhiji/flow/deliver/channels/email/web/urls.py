from django.urls import path

from zhiji.flow.deliver.channels.email.web import mailbox, trials

urlpatterns = [
    path("templates/preview", trials.preview, name="template_preview"),
    path("templates/findings", trials.findings, name="template_findings"),
    path("templates/people", trials.people, name="template_people"),
    path("templates/<slug:key>/test", trials.send_test, name="template_test"),
    path("mailbox/", mailbox.listing, name="mailbox"),
    path("mailbox/<int:pk>/", mailbox.mail, name="mailbox_mail"),
    path("mailbox/<int:pk>/letter", mailbox.letter, name="mailbox_letter"),
    path("mailbox/<int:pk>/raw", mailbox.raw, name="mailbox_raw"),
]
