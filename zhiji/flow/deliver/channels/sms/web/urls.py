from django.urls import path

from zhiji.flow.deliver.channels.sms.web import trials

urlpatterns = [path("templates/sms-preview", trials.preview, name="sms_preview")]
