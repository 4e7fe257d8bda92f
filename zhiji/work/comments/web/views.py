"""The panel of comments on a record's page: it is drawn anew after each act."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.kernel.given import whole
from zhiji.work.comments import actions, queries
from zhiji.work.comments.actions import CommentRefused
from zhiji.work.comments.following import follow, unfollow
from zhiji.work.comments.models import Comment
from zhiji.work.comments.queries import NoSuchRecord, Record


@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    """The comments of `?subject=app.model&id=`; older ones by `cursor`."""
    found = _record(request, _user(request))
    return _panel(request, found.of.model, found.pk, cursor=request.GET.get("cursor", ""))


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Colleagues who may be mentioned, while `q` is typed."""
    user = _user(request)
    found = _record(request, user)
    some = queries.colleagues(user, found, request.GET.get("q", "").strip()[:60])
    return render(request, "comments/_people.html", {"people": some})


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Say something."""
    subject, pk, user = request.POST.get("subject", ""), whole(request.POST.get("id")) or 0, _user(request)
    try:
        actions.write(by=user, subject=subject, subject_id=pk, text=request.POST.get("text", ""))
    except NoSuchRecord:
        raise Http404 from None
    except CommentRefused as refused:
        return _refused(refused)
    return _panel(request, subject, pk)


@require_POST
def following(request: HttpRequest) -> HttpResponse:
    """Follow a record, or with `on=0` follow it no more."""
    user = _user(request)
    found = _record(request, user)
    (unfollow if request.POST.get("on") == "0" else follow)(user, found)
    return _panel(request, found.of.model, found.pk)


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say one's own otherwise."""
    comment = _comment(request, pk)
    try:
        actions.edit(comment, by=_user(request), text=request.POST.get("text", ""))
    except CommentRefused as refused:
        return _refused(refused)
    return _panel(request, comment.subject, comment.subject_id)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own back."""
    comment = _comment(request, pk)
    try:
        actions.delete(comment, by=_user(request))
    except CommentRefused as refused:
        return _refused(refused)
    return _panel(request, comment.subject, comment.subject_id)


def _panel(request: HttpRequest, subject: str, pk: int, cursor: str = "") -> HttpResponse:
    return render(request, "comments/panel.html", queries.panel(_user(request), subject, pk, cursor=cursor))


def _record(request: HttpRequest, user: User) -> Record:
    asked = request.POST if request.method == "POST" else request.GET
    require(user, "comments:read")
    try:
        return queries.record(user, asked.get("subject", ""), whole(asked.get("id")) or 0)
    except NoSuchRecord:
        raise Http404 from None


def _comment(request: HttpRequest, pk: int) -> Comment:
    """A comment on a record that the user sees."""
    comment = get_object_or_404(Comment, pk=pk, deleted_at=None)
    try:
        queries.record(_user(request), comment.subject, comment.subject_id)
    except NoSuchRecord:
        raise Http404 from None
    return comment


def _refused(refused: CommentRefused) -> HttpResponse:
    return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
