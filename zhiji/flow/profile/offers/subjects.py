"""What leads to customers: those that a user sees; one that was merged leads to its root."""

from collections.abc import Collection, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.flow.resolve.queries import roots_of
from zhiji.work.subject import Seen, Subject


def _seen(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    if not may(user, "customers:read"):
        return {}
    roots = roots_of(ids)
    names = dict(visible_to(user).filter(pk__in=set(roots.values())).values_list("pk", "name"))
    return {
        pk: Seen(names[root] or _("访客 %(id)s") % {"id": root}, reverse("customer", args=[root]))
        for pk, root in roots.items()
        if root in names
    }


def _whose(pk: int) -> int | None:
    return pk


def _same(pk: int) -> Sequence[int]:
    """The root first, then those that were merged into it; nothing where there is no such customer."""
    root = roots_of([pk]).get(pk)
    if root is None:
        return []
    others = Customer.objects.filter(root_id=root).exclude(pk=root).order_by("pk")
    return [root, *others.values_list("pk", flat=True)]


OFFERS = (Subject("resolve.customer", _seen, commented=True, customer=_whose, same=_same),)
