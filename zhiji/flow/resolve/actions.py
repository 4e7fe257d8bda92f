"""Merge two customers, and take them apart again.

Both wait for the batch that the pipeline has in hand, and the next batch waits for them: roots never change under
a reader that writes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.resolve import queries
from zhiji.flow.resolve.merging import keep_roots, standing
from zhiji.flow.resolve.models import Customer, Identity, KeptApart, Redirect
from zhiji.flow.resolve.roots import roots
from zhiji.kernel import clock, pipeline
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.listing import listed


class AlreadyOne(ValueError):
    """These two are the same customer already; there is nothing to merge."""


@transaction.atomic
def merge(*, loser: int, winner: int, by: User | None, proof: str = "") -> Redirect:
    """Lay a redirect from customer `loser` to customer `winner` (ids). Raises Forbidden, AlreadyOne, DoesNotExist."""
    require(by, "customers:merge")
    wait_for_batch()
    found = {one.pk: one for one in Customer.objects.filter(pk__in=(loser, winner))}
    if len({loser, winner} & found.keys()) < 2:
        raise AlreadyOne(_("不能把客户与它自己合并；请选另一位")) if loser == winner else Customer.DoesNotExist
    lost, won = found[loser].root_id, found[winner].root_id
    if lost == won:
        raise AlreadyOne(_("客户 %(loser)s 与 %(winner)s 已经是同一位") % {"loser": loser, "winner": winner})
    redirect = Redirect.objects.create(loser_id=loser, winner_id=winner, proof=proof or f"user {by}")
    Customer.objects.filter(root_id=lost).update(root_id=won)
    KeptApart.objects.filter(one_id=min(loser, winner), other_id=max(loser, winner)).delete()
    audit("customers merged", redirect, by=by, loser=loser, winner=winner, proof=redirect.proof)
    record([merged_fact(redirect)])
    return redirect


@transaction.atomic
def unmerge(*, redirect: Redirect, by: User | None) -> tuple[int, int]:
    """Lift a redirect: everything is as if it had never been laid. Returns the roots of its two customers now.

    The pair is kept apart: the same proof from a machine doesn't merge it again.
    """
    require(by, "customers:merge")
    wait_for_batch()
    Redirect.objects.get(pk=redirect.pk)  # somebody may have lifted it before we had our turn
    members = queries.tree(queries.root_of(redirect.loser_id) or redirect.loser_id)
    loser, winner = redirect.loser_id, redirect.winner_id
    audit("customers unmerged", redirect, by=by, loser=loser, winner=winner, proof=redirect.proof)
    facts = [_unmerged_fact(redirect, one) for one in (loser, winner)]
    redirect.delete()
    fresh = roots(members, standing(members))
    keep_roots(fresh)
    KeptApart.objects.get_or_create(one_id=min(loser, winner), other_id=max(loser, winner))
    record(facts)
    return fresh[loser], fresh[winner]


def wait_for_batch() -> None:
    """Keep the pipeline out until the caller's transaction ends."""
    with connection.cursor() as cursor:
        pipeline.wait_for_both(cursor)


def merged_fact(redirect: Redirect) -> NewFact:
    """The fact that two customers became one, of the one who was merged."""
    return NewFact(
        name="customers_merged",
        occurred_at=clock.now(),
        scope="resolve",
        key=f"merged:{redirect.pk}",
        customer_id=redirect.loser_id,
        properties={"loser": redirect.loser_id, "winner": redirect.winner_id, "proof": redirect.proof},
    )


def _unmerged_fact(redirect: Redirect, customer_id: int) -> NewFact:
    return NewFact(
        name="customers_unmerged",
        occurred_at=clock.now(),
        scope="resolve",
        key=f"unmerged:{redirect.pk}:{customer_id}",
        customer_id=customer_id,
        properties={"loser": redirect.loser_id, "winner": redirect.winner_id},
    )


class IdentityTaken(ValueError):
    """Another customer has this identity; the message says no more, as the user may not see them."""


@transaction.atomic
def add_customer(*, identity: str | None, kind: str, told: Mapping[str, Any], by: User | None) -> int:
    """Make one customer by hand, known by `namespace:value` if one is given; the audit says `told`.

    Raises Forbidden, IdentityTaken, ValueError (no such kind).
    """
    require(by, "customers:write")
    wait_for_batch()
    if kind not in Customer.Kind.values:
        raise ValueError(_("客户类型只能是 %(known)s") % {"known": listed(Customer.Kind.values)})
    if identity is not None and Identity.objects.filter(key=identity).exists():
        raise IdentityTaken(_("这个会员号已有客户，不能再用来新建；请核对号码，若无误请找管理员。"))
    customer = Customer.objects.create(root_id=0, kind=kind)
    Customer.objects.filter(pk=customer.pk).update(root_id=customer.pk)
    if identity is not None:
        Identity.objects.create(key=identity, customer=customer)
    audit("customer created", customer, by=by, **told)
    return customer.pk


@transaction.atomic
def customers_for(*, identities: Iterable[str], by: User | None) -> dict[str, int]:
    """The customer (as recorded, not its root) of each identity `namespace:value`, made where it is unknown.

    Raises Forbidden unless `by` may bring customers in. Waits for the batch in hand, so that nobody makes the same
    customer meanwhile.
    """
    require(by, "sources:write")
    wait_for_batch()
    wanted = sorted(set(identities))
    known = dict(Identity.objects.filter(key__in=wanted).values_list("key", "customer_id"))
    missing = [key for key in wanted if key not in known]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH fresh AS MATERIALIZED (
                    SELECT key, nextval(pg_get_serial_sequence('resolve_customer', 'id')) AS id
                    FROM unnest(%s::text[]) AS key
                ), made AS (
                    INSERT INTO resolve_customer (id, root_id) SELECT id, id FROM fresh
                )
                INSERT INTO resolve_identity (key, customer_id) SELECT key, id FROM fresh RETURNING key, customer_id
                """,
                [missing],
            )
            known.update(cursor.fetchall())
    return known
