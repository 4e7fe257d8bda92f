from django.urls import path

from zhiji.flow.act.web import editing, views

urlpatterns = [
    path("rules/", views.rules, name="rules"),
    path("rules/new/", editing.new, name="rule_new"),
    path("rules/preview/", editing.preview, name="rule_preview"),
    path("rules/step/", editing.step, name="rule_step"),
    path("rules/<slug:key>/", views.rule, name="rule"),
    path("rules/<slug:key>/edit/", editing.edit, name="rule_edit"),
    path("rules/<slug:key>/switch/", views.switch, name="rule_switch"),
    path("rules/<slug:key>/entries/", views.entries, name="rule_entries"),
    path("rules/<slug:key>/history/", views.history, name="rule_history"),
    path("rules/<slug:key>/removal/", views.removal, name="rule_removal"),
    path("rules/<slug:key>/retries/", views.retries, name="rule_retries"),
]
