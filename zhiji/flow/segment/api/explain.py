"""Why a customer is or isn't in a segment or class, or meets any condition, at any moment; what changed, and when."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema

from zhiji.access.models import User
from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.segment.api.shapes import Tree
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.definitions.registry import check, definitions
from zhiji.flow.segment.explain import explanation
from zhiji.flow.segment.explain.asked_moment import moment_of
from zhiji.flow.segment.explain.recall import hush
from zhiji.flow.segment.models import MembershipChange, Scheme, Segment
from zhiji.flow.segment.queries import history
from zhiji.kernel import clock
from zhiji.kernel.keyset import Page, page
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["segments"])
Found = TypeVar("Found")
Key = Annotated[str, Field(max_length=50)]
Customer = Annotated[int, Query(ge=1, lt=2**63)]
Known = Annotated[int, Path(ge=1, lt=2**63)]
AsOf = Annotated[str, Query(max_length=40, description="a day (its end counts) or a moment; left out: now")]


class Evidence(Schema):
    id: int
    name: str
    occurred_at: datetime
    text: str


class PartOut(Schema):
    """A node of the tree. `since` null: for longer than was looked through; `until` null: not by itself within it.

    Of a leaf: `value` held against `threshold`, the deciding `facts` (newest first, at most 20), and what it `lacks`
    to become the other. `parts` are the group's; of a leaf that refers to a definition (`of`), that definition's.
    """

    path: str
    kind: str
    sentence: str
    sentence_en: str
    holds: bool
    since: datetime | None
    until: datetime | None
    leaf: bool
    value: Any
    threshold: Any
    facts: list[Evidence]
    lacks: str
    lacks_en: str
    of: str
    parts: list["PartOut"]


class LackOut(Schema):
    path: str
    sentence: str
    lacks: str
    lacks_en: str


class ExplanationOut(Schema):
    """`ways`: the smallest sets of leaves that would change the verdict; `why`: the leaves, as the log keeps them."""

    customer_id: int
    as_of: datetime
    looked_back: datetime
    looked_ahead: datetime
    holds: bool
    tree: PartOut
    ways: list[list[LackOut]]
    why: list[dict[str, Any]]


class StepOut(Schema):
    """A class in its order; `ways`, of the classes beside the customer's: what would move the customer there."""

    key: str
    name: str
    here: bool
    tree: PartOut | None
    ways: list[list[LackOut]] | None


class ClassExplanationOut(Schema):
    """`found` is the class; at `until` it becomes `then` by itself."""

    customer_id: int
    as_of: datetime
    looked_back: datetime
    looked_ahead: datetime
    scheme: str
    found: str
    since: datetime | None
    until: datetime | None
    then: str | None
    classes: list[StepOut]


class ChangeOut(Schema):
    """Of a segment: `segment` and `entered`. Of a scheme: `scheme`, and the classes before and now, by their keys.
    `facts` are the ids of those that decided: that came in, or left a window, and that the definition reads.
    """

    at: datetime
    segment: str | None = Field(None, alias="segment.key")
    entered: bool | None
    scheme: str | None = Field(None, alias="scheme.key")
    from_class: str | None = Field(None, alias="from_class.key")
    to_class: str | None = Field(None, alias="to_class.key")
    cause: str
    version: int
    why: list[dict[str, Any]]
    facts: list[int]


class MembershipChanges(Schema):
    rows: list[ChangeOut]
    next: str
    previous: str


class Question(Given):
    condition: Tree
    customer: int = Field(ge=1, lt=2**63)
    as_of: str = Field("", max_length=40)


@router.get(
    "/segments/{key}/explain",
    response={200: ExplanationOut, 404: Problem, 422: Problem},
    operation_id="explain_segment",
)
def explain_segment(request: HttpRequest, key: Key, customer: Customer, as_of: AsOf = "") -> explanation.Explanation:
    """Why a customer is or isn't in a segment, by its definition as it is."""
    user = scoped(request, "segments:read")
    return _explained(user, customer, get_object_or_404(Segment, key=key).condition, as_of)


@router.get(
    "/schemes/{key}/explain",
    response={200: ClassExplanationOut, 404: Problem, 422: Problem},
    operation_id="explain_scheme",
)
def explain_scheme(
    request: HttpRequest, key: Key, customer: Customer, as_of: AsOf = ""
) -> explanation.ClassExplanation:
    """Which class of a scheme a customer is in, why, and what would move the customer to those beside it."""
    user = scoped(request, "segments:read")
    get_object_or_404(Scheme, key=key)
    root, moment, now = _asked(user, customer, as_of)
    return _there(explanation.explain_scheme(key, root, moment, user, now=now))


@router.get(
    "/customers/{customer}/changes", response={200: MembershipChanges, 404: Problem}, operation_id="list_changes"
)
def list_changes(
    request: HttpRequest, customer: Known, size: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str = ""
) -> Page[MembershipChange]:
    """How a customer came into segments and classes and left them, newest first, with what decided."""
    user = scoped(request, "segments:read")
    root, _, _ = _asked(user, customer, "")
    found = page(history(root), ("-at", "-id"), size, cursor)
    hush(found.rows, user)
    return found


@router.post(
    "/conditions/explain",
    response={200: ExplanationOut, 404: Problem, 422: Problem},
    operation_id="explain_condition",
)
def explain_condition(request: HttpRequest, body: Question) -> explanation.Explanation:
    """Why a customer meets any condition, or doesn't."""
    user = scoped(request, "segments:read")
    node = parse(body.condition)
    check(node, definitions())
    refuse_hidden(body.condition, user)
    return _explained(user, body.customer, node, body.as_of)


def _explained(user: User, customer: int, tree: Any, as_of: str) -> explanation.Explanation:
    root, moment, now = _asked(user, customer, as_of)
    return _there(explanation.explain(tree, root, moment, user, now=now))


def _asked(user: User, customer: int, as_of: str) -> tuple[int, datetime, datetime]:
    """The customer that this user may see, the moment, and the present."""
    now = clock.now()
    root = get_object_or_404(visible_to(user), customer_id=customer).customer_id
    return root, moment_of(as_of, now), now


def _there(found: Found | None) -> Found:
    if found is None:
        raise ValueError(_("那时还没有见过这位客户；请问之后的一天。"))
    return found
