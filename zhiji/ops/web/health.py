"""Is it alive, is it ready: for load balancers and monitors, open to anybody, telling nothing about anyone."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from zhiji.access.web.gate import public
from zhiji.ops.readiness import readiness


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers. Asks nothing else, so a broken database doesn't make it be restarted."""
    return HttpResponse("alive\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while the disk, the database and its tables let it serve, else 503. `degraded` names the parts that stand
    still, from a minute on, or go on without something that was set aside; each part with its figures.
    """
    found = readiness()
    answer = {"ready": found.ready, "degraded": found.degraded, **found.checks}
    return JsonResponse(answer, status=200 if found.ready else 503, headers={"Cache-Control": "no-store"})
