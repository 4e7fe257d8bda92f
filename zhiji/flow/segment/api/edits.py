"""What an edit would do before it is made."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import only_owner, roots_of
from zhiji.flow.segment.api.shapes import Asked
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.figures import preview
from zhiji.flow.segment.models import Segment
from zhiji.kernel import clock
from zhiji.kernel.shapes import Problem

router = Router(tags=["segments"])


class DifferenceOut(Schema):
    """`count` is the size afterwards; samples are the newest; all of customers that this user may see; `by_class` is
    {scheme: {class: (entering, leaving)}}."""

    count: int
    entering: int
    leaving: int
    entering_sample: list[int]
    leaving_sample: list[int]
    by_class: dict[str, dict[str, tuple[int, int]]]


@router.post(
    "/segments/{key}/difference",
    response={200: DifferenceOut, 404: Problem, 422: Problem},
    operation_id="preview_segment_edit",
)
def preview_segment_edit(
    request: HttpRequest, key: Annotated[str, Field(max_length=50)], body: Asked
) -> dict[str, Any]:
    """Who would enter and leave if the segment had this condition; nothing is changed."""
    user = scoped(request, "segments:read")
    refuse_hidden(body.condition, user)
    ids = roots_of(only_owner(user))
    found = preview.of_segment(get_object_or_404(Segment, key=key).key, body.condition, clock.now(), ids)
    return {
        "count": found.count,
        "entering": found.entering,
        "leaving": found.leaving,
        "entering_sample": found.entering_sample,
        "leaving_sample": found.leaving_sample,
        "by_class": found.by_class,
    }
