from django.urls import path

from zhiji.portal.web import pages

urlpatterns = [
    path("zhiji.js", pages.script, name="tracking_script"),
    path("my/<str:mark>", pages.mine, name="portal"),
    path("customers/<int:pk>/portal/", pages.link, name="portal_link"),
]
