"""Named reads of custom fields, and what of them a user may know."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from zhiji.access.models import User
from zhiji.kernel.written import written_once
from zhiji.records.models import CustomField, SavedView

Fields = Mapping[str, CustomField]
TOLD = ("traits", "changes")
"""The properties of facts that tell values of fields."""


def declared() -> dict[str, CustomField]:
    """Every field by key, in the order of the settings page, archived ones too."""
    return {one.key: one for one in _declared()}


@written_once
def _declared() -> QuerySet[CustomField]:
    return CustomField.objects.order_by("position", "id")


def at_work(fields: Iterable[CustomField] | None = None) -> list[CustomField]:
    """Those that aren't archived."""
    return [one for one in (declared().values() if fields is None else fields) if one.archived_at is None]


def known_to(user: User) -> list[CustomField]:
    """The fields at work that `user` may read, in their order."""
    return [one for one in at_work() if one.readable_by(user)]


def hidden_from(user: User, fields: Fields | None = None) -> frozenset[str]:
    """The keys of the fields that `user` may not read, archived ones too."""
    every = declared() if fields is None else fields
    return frozenset(key for key, one in every.items() if not one.readable_by(user))


def seen(attributes: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Values by key without hidden ones."""
    return {key: value for key, value in attributes.items() if key not in hidden} if hidden else dict(attributes)


def told_without(properties: Any, hidden: frozenset[str]) -> Any:
    """A fact's properties without what it tells of hidden fields: in traits, changes and what was rejected."""
    if not hidden or not isinstance(properties, dict):
        return properties
    gone = hidden | {f"attributes.{key}" for key in hidden}
    return {
        name: seen(value, gone) if name in (*TOLD, "rejected") and isinstance(value, dict) else value
        for name, value in properties.items()
    }


def views_of(kind: str, user: User) -> QuerySet[SavedView]:
    """The user's views of a list and everybody's, oldest first."""
    return SavedView.objects.filter(Q(user=user) | Q(user=None), kind=kind).order_by("id")
