"""Read what happened."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from zhiji.access.models import User
from zhiji.access.tokens import scoped
from zhiji.flow.profile.api.edits import root
from zhiji.flow.profile.api.shapes import FactPage, Id
from zhiji.flow.profile.queries import facts_for
from zhiji.flow.profile.sealed import opened
from zhiji.flow.resolve.queries import tree
from zhiji.kernel import keyset
from zhiji.kernel.models import Fact
from zhiji.kernel.shapes import Problem
from zhiji.records.queries import hidden_from, told_without

router = Router()
Name = Annotated[str, Query(max_length=120, description="a fact's name, such as order_paid")]
Size = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str, Query(max_length=2000)]


@router.get("/customers/{id}/timeline", response={200: FactPage, 403: Problem, 404: Problem})
def timeline(request: HttpRequest, id: Id, name: Name = "", size: Size = 50, cursor: Cursor = "") -> Any:
    """What happened to a customer and to all merged into it, newest first."""
    user = scoped(request, "facts:read")
    facts = Fact.objects.filter(customer_id__in=tree(root(user, id)))
    if name:
        facts = facts.filter(name=_clean(name))
    return _masked(keyset.page(facts, ("-occurred_at", "-id"), size, cursor), user)


@router.get("/facts", response={200: FactPage, 403: Problem})
def facts(request: HttpRequest, name: Name = "", size: Size = 50, cursor: Cursor = "") -> Any:
    """The log: in the order of arrival, the newest first; of one name in the order of happening."""
    user = scoped(request, "facts:read")
    found = facts_for(user)
    if not name:
        return _masked(keyset.page(found, ("-id",), size, cursor), user)
    return _masked(keyset.page(found.filter(name=_clean(name)), ("-occurred_at", "-id"), size, cursor), user)


def _masked(page: keyset.Page[Fact], user: User) -> keyset.Page[Fact]:
    """The page without fields that the user may not read, and with masks in the place of sealed values."""
    hidden = hidden_from(user)
    for fact in page.rows:
        fact.properties = told_without(fact.properties, hidden)
    known = opened({fact.customer_id for fact in page.rows}, [fact.properties for fact in page.rows])
    for fact in page.rows:
        fact.properties = known.masked(fact.properties)
    return page


def _clean(text: str) -> str:
    return text.replace("\0", "")
