from django.urls import path

from zhiji.flow.collect.web import aside, imports, names, quarantine, sources, words

urlpatterns = [
    path("sources/", sources.listed, name="sources"),
    path("sources/new/", sources.new, name="source_new"),
    path("sources/names/", names.listed, name="event_names"),
    path("sources/names/new/", names.edit, name="event_name_new"),
    path("sources/names/<int:pk>/", names.edit, name="event_name"),
    path("sources/names/<int:pk>/removal/", names.remove, name="event_name_removal"),
    path("sources/<slug:key>/", sources.one, name="source"),
    path("sources/<slug:key>/key/", sources.rotated_key, name="source_key"),
    path("sources/<slug:key>/switch/", sources.switch, name="source_switch"),
    path("imports/", imports.listed, name="imports"),
    path("imports/words/", words.edit, name="nothing_words"),
    path("imports/draft/<uuid:ticket>/", imports.draft, name="import_draft"),
    path("imports/<int:pk>/", imports.one, name="import_run"),
    path("imports/<int:pk>/cancellation/", imports.cancel, name="import_cancel"),
    path("imports/<int:pk>/resumption/", imports.resume, name="import_resume"),
    path("imports/<int:pk>/failures/", imports.failed, name="import_failures"),
    path("quarantine/", quarantine.listed, name="quarantine"),
    path("quarantine/settlement/", quarantine.settle, name="quarantine_settlement"),
    path("quarantine/aside/", aside.listed, name="aside"),
    path("quarantine/aside/settlement/", aside.settle, name="aside_settlement"),
    path("quarantine/<int:pk>/", quarantine.one, name="quarantined"),
]
