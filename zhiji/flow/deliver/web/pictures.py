"""Pictures of templates: put in by whoever writes them, seen by whoever has the address, as mail programmes must."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access.web.gate import public
from zhiji.flow.deliver import actions
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.models import Picture
from zhiji.flow.deliver.pictures import PictureRefused

TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep the file `picture`; answers {src, width, height}, or 422 {detail} with what is wrong with it."""
    user = signed_in(request, "messages:write")
    given = request.FILES.get("picture")
    if given is None:
        return JsonResponse({"detail": _("请先选择一张图片")}, status=422)
    try:
        made = actions.add_picture(by=user, body=given.read())
    except PictureRefused as error:
        return JsonResponse({"detail": str(error)}, status=422)
    return JsonResponse({"src": made.path, "width": made.width, "height": made.height}, status=201)


@public
@require_http_methods(["GET", "HEAD"])
def seen(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """The picture, and nothing that a browser could take for anything else. What is at an address never changes."""
    picture = get_object_or_404(Picture, token=token, kind=kind)
    response = HttpResponse(bytes(picture.body), content_type=TYPES[picture.kind])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
