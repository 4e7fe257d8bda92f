from django.urls import path

from zhiji.shell.web import views

urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("palette/", views.palette, name="palette"),
    path("alarms/", views.alarms, name="alarms"),
    path("", views.first_page, name="first_page"),
]
