from django.urls import path

from zhiji.records.web import fields

urlpatterns = [
    path("settings/fields/", fields.listed, name="fields"),
    path("settings/fields/new/", fields.new, name="field_new"),
    path("settings/fields/<int:pk>/", fields.edit, name="field"),
    path("settings/fields/<int:pk>/place/", fields.move, name="field_place"),
    path("settings/fields/<int:pk>/archival/", fields.archive, name="field_archival"),
]
