from django.urls import path

from zhiji.work.calendar.web import views

urlpatterns = [
    path("settings/calendar/", views.show, name="work_calendar"),
    path("settings/calendar/week/", views.week, name="work_week"),
    path("settings/calendar/year/", views.year, name="work_year"),
]
