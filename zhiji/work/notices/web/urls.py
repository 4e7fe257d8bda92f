from django.urls import path

from zhiji.work.notices.web import views

urlpatterns = [
    path("notices/", views.listed, name="notices"),
    path("notices/bell/", views.bell, name="notice_bell"),
    path("notices/latest/", views.latest, name="notices_latest"),
    path("notices/reading/", views.read_all, name="notices_read"),
    path("notices/settings/", views.choices, name="notice_settings"),
    path("notices/settings/edit/", views.choose, name="notice_choices"),
    path("notices/<int:pk>/reading/", views.read_one, name="notice_read"),
    path("notices/<int:pk>/opening/", views.open_one, name="notice_open"),
]
