from django.urls import path

from zhiji.work.comments.web import views

urlpatterns = [
    path("comments/panel/", views.panel, name="comments_panel"),
    path("comments/people/", views.people, name="comment_people"),
    path("comments/new/", views.new, name="comment_new"),
    path("comments/following/", views.following, name="comments_following"),
    path("comments/<int:pk>/edit/", views.edit, name="comment_edit"),
    path("comments/<int:pk>/deletion/", views.delete, name="comment_delete"),
]
