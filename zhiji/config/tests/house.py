"""A house in which everything that is listed is there several times: customers with all that hangs on them."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token
from zhiji.desks.loyalty import actions as loyalty
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.desks.sales import actions as sales
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.deliver import actions as deliver
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment import actions as segment
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import SetAside
from zhiji.kernel.pipeline import run_once
from zhiji.work.comments import actions as comments

BUYERS: dict[str, Any] = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
TWICE: dict[str, Any] = {**BUYERS, "value": 2}
CLASSES = [
    {"key": "buys", "name": "买家", "colour": "green", "condition": BUYERS},
    {"key": "rest", "name": "其他", "colour": "azure", "condition": None},
]


def furnished(by: User) -> None:
    """Segments, a scheme, a rule that is on, a kind of coupon, a template, a source: what is there before customers."""
    segment.create_segment(by=by, key="buyers", name="买家", condition=BUYERS)
    segment.create_segment(by=by, key="twice", name="两次", condition=TWICE)
    segment.create_scheme(by=by, key="life", name="生命", classes=CLASSES)
    loyalty.create_offer(by=by, name="十元券", value=Decimal(10), key="ten")
    trigger = {"kind": "fact", "fact": "order_paid"}
    made = create_rule(
        by=by, key="thanks", name="答谢", trigger=trigger, steps=[{"kind": "tag", "tag": "谢"}], holdout=0
    )
    switch_on(made, by=by)
    wording = Wording("你好", "<p>{{ customer.greeting }}</p>", "{{ customer.greeting }}")
    deliver.save_template(by=by, key="care", name="关怀", purpose="service", wording=wording)
    Source.objects.create(key="shop", name="商城", write_key="wk")
    for _ in range(3):
        segment.cancel_build(by=by, build=segment.ask_build(by=by, segments=["buyers"]))


def moved_in(names: list[str], by: User, owner: User | None = None, orders: int = 2, goods: str = "") -> dict[str, int]:
    """Customers of `owner` with orders (of the products that `goods` bought), messages, coupons, tasks and entries of
    rules, a fact each that couldn't be taken and one that is set aside."""
    now = clock.now()
    facts = []
    for name in names:
        who = f"user:{name}"
        traits = {"traits": {"name": name, "region": "浙江", "city": "杭州", "birthday": "1990-05-03"}}
        facts.append(NewFact("customer_identified", now - timedelta(days=9), "shop", name, traits, identity=who))
        for number in range(orders):
            products = [
                {"product_id": f"p-{goods or name}-{number}", "name": f"商品{number}", "price": 5, "quantity": 2}
            ]
            said = {"order_id": f"{name}-{number}", "amount": 10 + number, "store": "东店", "products": products}
            at = now - timedelta(days=number, hours=1)
            facts.append(NewFact("order_paid", at, "shop", f"{name}-{number}", said, identity=who))
    record(facts)
    run_once()
    found = dict(Portrait.objects.filter(name__in=names).values_list("name", "customer_id"))
    Portrait.objects.filter(customer_id__in=found.values()).update(owner=owner)
    segment.build(now)
    rule, offer = Rule.objects.get(key="thanks"), CouponOffer.objects.get(key="ten")
    enter(rule, [Candidate(one, f"by hand:{one}", now) for one in found.values()], now)
    for name, one in found.items():
        deliver.plan(by=by, customer_id=one, send_key=name, written={"subject": "你好", "text": "谢谢"})
        loyalty.give_coupon(offer, by=by, customer_id=one)
        sales.open_task(by=by, customer_id=one, title=f"回访{name}", due_on=clock.day_of(now), owner=owner)
        for text in ("爱喝绿茶", "周末来", "要发票"):
            comments.write(by=by, subject="resolve.customer", subject_id=one, text=f"{name}{text}")
        body = privacy.seal(json.dumps({"userId": name}).encode(), "quarantine")
        Quarantined.objects.create(source=Source.objects.get(), body=body, place=name, code="bad_number")
        SetAside.objects.create(
            message_key=uuid4(), name="page_viewed", occurred_at=now, received_at=now, properties={}, stage="profile",
            detail="a page without an address", since=now, tries=1, next_try=now + timedelta(days=1),
        )  # fmt: skip
    run_once()
    return found


def bearer(user: User) -> dict[str, str]:
    """The header of a token for everything that the user may."""
    token = create_token(by=None, user=user, name="all", scopes=permissions())
    return {"Authorization": f"Bearer {token}"}
