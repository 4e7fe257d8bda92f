from django.urls import path

from zhiji.ops.web import health, metrics, workspace

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("workspace/", workspace.workspace, name="workspace"),
]
