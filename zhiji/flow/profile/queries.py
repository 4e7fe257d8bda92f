"""Named reads of customers, for whoever asks on behalf of a user."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from zhiji.access.models import Role, User
from zhiji.access.roles import may
from zhiji.flow.profile.models import Consent, Portrait, Tag, Tagging
from zhiji.flow.profile.search import search
from zhiji.flow.profile.visibility import only_owner, owned_by, owned_sql, roots_of, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.models import Fact
from zhiji.kernel.written import written_once

__all__ = [
    "consents",
    "only_owner",
    "owned_by",
    "owned_sql",
    "roots_of",
    "search",
    "tag_names",
    "tags_of",
    "visible_portrait",
    "visible_to",
]


def visible_portrait(user: User, customer_id: int) -> Portrait:
    """The portrait of a customer, of its root if it was merged. Raises Portrait.DoesNotExist, also when not visible."""
    owner = only_owner(user)
    if not may(user, "customers:read"):
        raise Portrait.DoesNotExist
    for found in _portrait(customer_id) if owner is None else _own_portrait(customer_id, owner):
        return found
    raise Portrait.DoesNotExist


@written_once
def _portrait(customer_id: int) -> QuerySet[Portrait]:
    root = Customer.objects.filter(pk=customer_id).values("root_id")[:1]
    return owned_by(None).select_related("owner", "customer").filter(customer_id=root)


@written_once
def _own_portrait(customer_id: int, owner: int) -> QuerySet[Portrait]:
    root = Customer.objects.filter(pk=customer_id).values("root_id")[:1]
    return owned_by(owner).select_related("owner", "customer").filter(customer_id=root)


def visible_roots(user: User, customer_ids: Iterable[int]) -> list[int]:
    """Those of the given roots that `user` may see."""
    found = visible_to(user).filter(customer_id__in=list(customer_ids))
    return list(found.order_by("customer_id").values_list("customer_id", flat=True))


def tags_of(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """{root id: tag names in the order of the alphabet}, of those that have any."""
    found: dict[int, list[str]] = {}
    rows = Tagging.objects.filter(customer_id__in=list(customer_ids)).order_by("tag__name")
    for customer, name in rows.values_list("customer_id", "tag__name"):
        found.setdefault(customer, []).append(name)
    return found


@written_once
def tags(root_id: int) -> QuerySet[Tagging, str]:
    """The tag names of a customer in the order of the alphabet."""
    return Tagging.objects.filter(customer_id=root_id).order_by("tag__name").values_list("tag__name", flat=True)


@written_once
def tag_names() -> QuerySet[Tag, str]:
    """Every tag there is."""
    return Tag.objects.order_by("name").values_list("name", flat=True)


@written_once
def marketing(root_id: int) -> QuerySet[Consent]:
    """What a customer said about marketing, by channel."""
    return Consent.objects.filter(customer_id=root_id, purpose="marketing")


def consents(customer_ids: Iterable[int], channel: str, purpose: str = "marketing") -> dict[int, bool]:
    """{root id: granted} of those who were asked; the rest said neither yes nor no."""
    rows = Consent.objects.filter(customer_id__in=list(customer_ids), channel=channel, purpose=purpose)
    return dict(rows.values_list("customer_id", "granted"))


def last_seen(customer_id: int) -> datetime | None:
    """When the customer (a root) last did anything."""
    return Portrait.objects.filter(pk=customer_id).values_list("last_seen_at", flat=True).first()


@dataclass(frozen=True)
class Population:
    """How many customers there are; of them, who did something lately, and who registered lately."""

    customers: int
    active: int
    registered: int


def population(as_of: datetime, span: timedelta, owner: int | None = None) -> Population:
    """Everybody, or an owner's customers, counted once: roots only, as the list shows them; the span is of whole days
    before today, and today so far."""
    since = clock.days_before(as_of, span.days)
    counted = owned_by(owner).aggregate(
        customers=Count("*"),
        active=Count("customer", filter=Q(last_seen_at__gte=since)),
        registered=Count("customer", filter=Q(registered_at__gte=since)),
    )
    return Population(**counted)


def people() -> list[User]:
    """Who can own customers, by name."""
    return list(_people())


def called() -> list[tuple[int, str]]:
    """(id, name) of who can own customers, by name."""
    return [(pk, name or username) for pk, name, username in _called()]


@written_once
def _called() -> QuerySet[User, tuple[int, str, str]]:
    return _people().values_list("pk", "display_name", "username")


def _people() -> QuerySet[User]:
    roles = (Role.ADMINISTRATOR, Role.MANAGER, Role.SALES, Role.SERVICE)
    return User.objects.filter(is_active=True, role__in=roles).order_by("display_name", "username")


def facts_for(user: User) -> QuerySet[Fact]:
    """The facts that `user` may see: those of the customers who are visible, merged ones with their roots."""
    if only_owner(user) is None:
        return Fact.objects.all() if may(user, "facts:read") else Fact.objects.none()
    roots = visible_to(user).values("customer_id")
    return Fact.objects.filter(customer_id__in=Customer.objects.filter(root_id__in=roots).values("id"))
