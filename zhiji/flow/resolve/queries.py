"""Named reads of who is who."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Q, QuerySet

from zhiji.flow.resolve.models import Customer, Identity, Redirect
from zhiji.kernel import written
from zhiji.kernel.written import written_once


def tree(root_id: int) -> list[int]:
    """The ids of every customer that is this one: the root and all merged into it."""
    with connection.cursor() as cursor:  # asked several times for a page: by hand in a third of the time
        cursor.execute("SELECT id FROM resolve_customer WHERE root_id = %s ORDER BY id", [root_id])
        return [one for (one,) in cursor.fetchall()]


def root_of(customer_id: int) -> int | None:
    """The root of a customer's id; None when there is no such customer."""
    return Customer.objects.filter(pk=customer_id).values_list("root_id", flat=True).first()


def roots_of(customer_ids: Iterable[int]) -> dict[int, int]:
    """{customer id: root id} of those that exist."""
    return dict(Customer.objects.filter(pk__in=list(customer_ids)).values_list("id", "root_id"))


@written_once
def identities(root_id: int) -> QuerySet[Identity]:
    """What points at this customer or at one merged into it: the first twenty."""
    return Identity.objects.filter(customer__root_id=root_id).order_by("key")[:20]


def redirects(root_id: int) -> QuerySet[Redirect]:
    """The merges that made this customer one, newest first."""
    members = tree(root_id)
    if len(members) == 1:
        return Redirect.objects.none()
    return Redirect.objects.filter(Q(loser_id__in=members) | Q(winner_id__in=members)).order_by("-id")


def customers_of(keys: Sequence[str]) -> dict[str, int]:
    """{identity key: root id} of the identities that are known."""
    known = Identity.objects.filter(key__in=list(keys)).values_list("key", "customer__root_id")
    return dict(known)


def namespaces() -> list[str]:
    """Every namespace in use, by hops over the index rather than a scan."""
    with written.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE hop(namespace) AS (
                SELECT min(split_part(key, ':', 1)) FROM resolve_identity
                WHERE key = (SELECT key FROM resolve_identity ORDER BY key LIMIT 1)
                UNION ALL
                SELECT (SELECT split_part(key, ':', 1) FROM resolve_identity
                        WHERE key >= hop.namespace || ';' ORDER BY key LIMIT 1)
                FROM hop WHERE hop.namespace IS NOT NULL
            )
            SELECT namespace FROM hop WHERE namespace IS NOT NULL
            """
        )
        return [namespace for (namespace,) in cursor.fetchall()]
