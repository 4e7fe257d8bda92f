from django.urls import path

from zhiji.access.web import me

urlpatterns = [
    path("me/", me.me, name="me"),
]
