from django.urls import path

from zhiji.flow.measure.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("effects/", views.effects, name="effects"),
    path("effects/<slug:key>/", views.effect, name="effect"),
    path("effects/<slug:key>/<slug:arm>/", views.effect_customers, name="effect_customers"),
    path("figures/", views.defined, name="figures"),
    path("moves/<slug:scheme>/<slug:source>/<slug:target>/", views.moved, name="moved"),
    path("weeks/<str:monday>/", views.week, name="week"),
]
