"""Change, merge and part customers."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Status
from ninja.errors import HttpError

from zhiji.access.models import User
from zhiji.access.roles import NotYours
from zhiji.access.tokens import scoped
from zhiji.flow.profile import actions
from zhiji.flow.profile.api.customers import router, whole
from zhiji.flow.profile.api.shapes import CustomerChanges, CustomerIn, Id, KnownOut, MergeIn, MergeOut, RecordOut
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.portrait import PARTS
from zhiji.flow.profile.queries import visible_portrait
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.flow.resolve.queries import redirects
from zhiji.kernel.shapes import Problem
from zhiji.records.queries import declared

__all__ = ["router"]
REFUSED = {403: Problem, 404: Problem, 422: Problem}


def root(user: User, id: int) -> int:
    """The root of a customer that the user may see; else 404."""
    try:
        return visible_portrait(user, id).customer_id
    except Portrait.DoesNotExist as error:
        raise HttpError(404, str(NotYours())) from error


@router.post("/customers", response={201: RecordOut, 200: RecordOut, 409: KnownOut, 403: Problem, 422: Problem})
def create(request: HttpRequest, given: CustomerIn) -> Status[Any]:
    """Make a customer, once per `key`."""
    user = scoped(request, "customers:write")
    parts: dict[str, Any] = {part: getattr(given, part) for part in ("name", "gender", "birthday", "region", "city")}
    if given.birthday:
        parts["birthday_calendar"] = given.birthday_calendar
    entered = actions.Entered(
        parts=parts | {f"attributes.{name}": value for name, value in given.attributes.items()},
        kind=given.kind,
        member=given.member,
        contacts=[(one.kind, one.value) for one in given.contacts],
        tags=given.tags,
        owner=_person(given.owner_id),
        priority=given.priority,
        consent={str(channel): granted for channel, granted in given.consent.items()},
        proof=given.proof,
    )
    try:
        made, new = actions.create_customer(entered=entered, key=given.key, by=user, anyway=given.anyway)
    except actions.KnownAlready as error:
        return Status(409, {"detail": str(error), "customers": [one.pk for one in error.customers]})
    return Status(201 if new else 200, whole(request, made, "customers:write"))


@router.patch("/customers/{id}", response={200: RecordOut, **REFUSED})
def change(request: HttpRequest, id: Id, changes: CustomerChanges) -> dict[str, Any]:
    """Change parts of a customer, all or none."""
    user = scoped(request, "customers:write")
    ids = [root(user, id)]
    given = changes.model_dump(exclude_unset=True, mode="json")
    parts = {part: "" if given[part] is None else given[part] for part in PARTS if part in given}
    parts |= {f"attributes.{name}": value for name, value in (given.get("attributes") or {}).items()}
    actions.read_changes(parts, declared(), user)  # before the transaction that a refusal takes back
    with transaction.atomic():
        _change(ids, parts, given, user)
    return whole(request, ids[0])


def _change(ids: list[int], parts: dict[str, Any], given: dict[str, Any], user: User) -> None:
    if parts:
        actions.edit_attributes(customer_ids=ids, changes=parts, by=user)
    if "owner_id" in given:
        actions.assign_owner(customer_ids=ids, owner=_person(given["owner_id"]), by=user)
    if given.get("priority") is not None:
        actions.set_priority(customer_ids=ids, priority=given["priority"], by=user)
    for tag in given.get("add_tags") or ():
        actions.add_tag(customer_ids=ids, tag=tag, by=user)
    for tag in given.get("remove_tags") or ():
        actions.remove_tag(customer_ids=ids, tag=tag, by=user)
    for channel, granted in (given.get("consent") or {}).items():
        actions.set_consent(customer_ids=ids, channel=channel, granted=granted, by=user, proof="api")


def _person(pk: int | None) -> User | None:
    if pk is None:
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    if person is None:
        raise HttpError(422, _("owner_id 不是在职同事的编号"))
    return person


@router.get("/customers/{id}/merges", response={200: list[MergeOut], **REFUSED})
def merges(request: HttpRequest, id: Id) -> Any:
    """The merges that made this customer one, newest first."""
    return list(redirects(root(scoped(request, "customers:read"), id))[:500])


@router.post("/customers/{id}/merges", response={200: MergeOut, **REFUSED})
def merge(request: HttpRequest, id: Id, given: MergeIn) -> Redirect:
    """Merge `other` into this customer. Facts keep the customer they were recorded for; it can be undone."""
    user = scoped(request, "customers:merge")
    try:
        return actions.merge_customers(loser=root(user, given.other), winner=root(user, id), by=user, proof=given.proof)
    except Customer.DoesNotExist as error:
        raise HttpError(404, str(NotYours())) from error


@router.delete("/customers/{id}/merges/{merge_id}", response={204: None, **REFUSED})
def unmerge(request: HttpRequest, id: Id, merge_id: Id) -> tuple[int, None]:
    """Lift a merge: everything is as if it had never been."""
    user = scoped(request, "customers:merge")
    redirect = redirects(root(user, id)).filter(pk=merge_id).first()
    if redirect is None:
        raise HttpError(404, _("这位客户没有这次合并；合并的编号见它的 merges"))
    actions.unmerge_customers(redirect=redirect, by=user)
    return 204, None
