from django.urls import path, re_path

from zhiji.access.web import audit, closed, me, users

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/edit/", me.edit, name="edit_me"),
    path("me/tokens/", me.add_token, name="add_token"),
    path("me/tokens/<int:token_id>/revocation/", me.revoke, name="revoke_token"),
    path("users/", users.users, name="users"),
    path("users/new/", users.new_user, name="new_user"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/activity/", users.activity, name="user_activity"),
    path("users/<int:user_id>/password/", users.password, name="user_password"),
    path("users/<int:user_id>/second-step/", users.second_step, name="user_second_step"),
    path("audit/", audit.audit, name="audit"),
    re_path(
        r"^accounts/(?P<rest>signup|email|confirm-email|password/reset|password/set|login/code|3rdparty|social)/",
        closed.closed,
    ),
]
