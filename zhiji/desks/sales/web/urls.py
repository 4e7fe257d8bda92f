from django.urls import path

from zhiji.desks.sales.web import views

urlpatterns = [
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/new/", views.opening, name="task_opening"),
    path("tasks/<int:number>/closure/", views.closure, name="task_closure"),
    path("tasks/<int:number>/dropping/", views.dropping, name="task_dropping"),
    path("tasks/<int:number>/day/", views.day, name="task_day"),
    path("tasks/<int:number>/owner/", views.owner, name="task_owner"),
]
