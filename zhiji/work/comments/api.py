"""Comments by API, over the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema, Status

from zhiji.access.tokens import scoped
from zhiji.kernel.shapes import Given, Problem
from zhiji.work.comments import actions, queries
from zhiji.work.comments.queries import NoSuchRecord, Shown

router = Router(tags=["comments"])
LARGEST = 2**63 - 1


class CommentOut(Schema):
    """`author` is a user name, null where the account is gone; `mine` says that you may edit it on its page."""

    id: int
    author: str | None
    text: str
    at: datetime
    edited_at: datetime | None
    mine: bool


class Comments(Schema):
    rows: list[CommentOut]
    next: str
    previous: str


class CommentIn(Given):
    """A comment on a record, such as `resolve.customer` or `commerce.order`. `@name` mentions a colleague by the user
    name, who must see the record."""

    subject: str = Field(max_length=60)
    id: int = Field(ge=1, le=LARGEST)
    text: str = Field(min_length=1, max_length=4000)


@router.get("/comments", response={200: Comments, 404: Problem}, operation_id="list_comments")
def list_comments(
    request: HttpRequest,
    subject: str,
    id: Annotated[int, Query(ge=1, le=LARGEST)],
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """The comments on a record that you see, newest first; of a customer also those on customers merged into it."""
    user = scoped(request, "comments:read")
    try:
        shown = queries.comments(user, queries.record(user, subject, id), size=size, cursor=cursor)
    except NoSuchRecord:
        raise Http404 from None
    return {"rows": [_comment(one) for one in shown.rows], "next": shown.next, "previous": shown.previous}


@router.post("/comments", response={201: CommentOut, 404: Problem, 422: Problem}, operation_id="write_comment")
def write_comment(request: HttpRequest, body: CommentIn) -> Any:
    by = scoped(request, "comments:write")
    try:
        made = actions.write(by=by, subject=body.subject, subject_id=body.id, text=body.text)
    except NoSuchRecord:
        raise Http404 from None
    return Status(201, _comment(queries.shown(made, by, queries.names([made.text]))))


def _comment(one: Shown) -> dict[str, Any]:
    row = one.comment
    author = row.author.username if row.author else None
    return {
        "id": row.pk, "author": author, "text": one.text, "at": row.at, "edited_at": row.edited_at, "mine": one.mine,
    }  # fmt: skip
