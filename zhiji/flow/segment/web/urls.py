from django.urls import path

from zhiji.flow.segment.web import builder, choices, live, scheme_editor, schemes, segments, written

urlpatterns = [
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", builder.new, name="segment_new"),
    path("segments/preview/", live.figures, name="segment_preview"),
    path("segments/preview/trend/", live.trend, name="segment_preview_trend"),
    path("segments/preview/difference/", live.difference, name="segment_preview_difference"),
    path("conditions/", choices.everything, name="segment_catalogue"),
    path("conditions/properties/", choices.properties, name="segment_properties"),
    path("conditions/values/", choices.values, name="segment_values"),
    path("conditions/pick/", choices.pick, name="segment_pick"),
    path("conditions/lunar/", choices.lunar, name="segment_lunar"),
    path("conditions/templates/", choices.templates, name="segment_templates"),
    path("conditions/check/", live.check, name="segment_check"),
    path("conditions/count/", live.count, name="segment_count"),
    path("conditions/read/", written.read, name="segment_read"),
    path("conditions/suggest/", written.suggest, name="segment_suggest"),
    path("segments/<slug:key>/", segments.segment, name="segment"),
    path("segments/<slug:key>/edit/", builder.edit, name="segment_edit"),
    path("segments/<slug:key>/archive/", segments.archive, name="segment_archive"),
    path("builds/", segments.build_all, name="segment_build"),
    path("builds/<int:pk>/", segments.build_state, name="segment_build_state"),
    path("builds/<int:pk>/cancel/", segments.build_cancel, name="segment_build_cancel"),
    path("schemes/", schemes.schemes, name="schemes"),
    path("schemes/new/", scheme_editor.new, name="scheme_new"),
    path("schemes/trial/", scheme_editor.trial, name="scheme_trial_new"),
    path("schemes/<slug:key>/", schemes.scheme, name="scheme"),
    path("schemes/<slug:key>/edit/", scheme_editor.edit, name="scheme_edit"),
    path("schemes/<slug:key>/trial/", scheme_editor.trial, name="scheme_trial"),
    path("schemes/<slug:key>/<slug:class_key>/", schemes.members, name="scheme_class"),
]
