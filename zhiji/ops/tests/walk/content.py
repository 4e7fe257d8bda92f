"""What the walked installation holds: something of everything, so that no list is empty and each page has its links.

`fill` runs in a process of its own beside the running installation.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.desks.loyalty.actions import give_coupon
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.desks.sales.actions import open_task
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.collect import files
from zhiji.flow.collect.actions.names import save_name
from zhiji.flow.collect.actions.sources import create_source
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.actions import add_picture, plan, save_template
from zhiji.flow.deliver.models import Message, Template
from zhiji.flow.deliver.tests.test_pictures import drawn
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile import actions as profile
from zhiji.flow.profile.actions.merges import merge_customers
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment import export
from zhiji.flow.segment.models import Segment
from zhiji.kernel import clock
from zhiji.ops.demo import load
from zhiji.ops.demo.tests.test_demo_load import Screen
from zhiji.records.actions import create_field, save_view

ADMINISTRATOR = "admin"
SHARE = 0.004
"""Of the demo's households: about ten, with some sixty more who registered and never bought."""
WEBHOOK = {
    "key": "walk-webhook",
    "name": "加购：通知商城",
    "description": "加购时通知商城。",
    "trigger": {"kind": "fact", "fact": "cart_added"},
    "steps": [
        {"kind": "call_webhook", "url": "https://hooks.shop.invalid/carts", "secret": ""},
        {"kind": "call_webhook", "url": "http://127.0.0.1:9/carts", "secret": ""},
    ],
    "holdout": 0,
}
LETTER = {"subject": "您好", "text": "谢谢您常来。\n\nhttps://shop.example/"}
BROKEN_ROWS = "编号,姓名,手机,生日\nw-1,走一,13800000001,1990-01-01\nw-2,走二,12,不是日子\n,无编号,,\n"
MAPPING = {
    "kind": "customer",
    "namespace": "user",
    "columns": {"id": "编号", "name": "姓名", "phone": "手机", "birthday": "生日"},
}


def fill() -> None:
    """A sample of the demo, and what only people's work makes."""
    load.run(Screen(), share=SHARE)
    admin = User.objects.get(username=ADMINISTRATOR)
    switch_on(create_rule(by=admin, **WEBHOOK), by=admin)
    bought = list(Portrait.objects.filter(measures__orders_ever__gt=0).order_by("pk").values_list("pk", flat=True))
    _files(Path(settings.HOME), admin)
    _pictures(admin)
    _customers(bought, admin)
    _desks(bought[2:], admin)


def _files(home: Path, admin: Any) -> None:
    """Imports with failures, an export on its way, a name of the sender's, a second source."""
    file = home / "走查客户.csv"
    file.write_text(BROKEN_ROWS, "utf-8")
    files.run(file, MAPPING, by=admin)
    save_name(by=admin, theirs="Paid Order", ours="order_paid", properties={"amount": ["sum"]})
    create_source(by=admin, key="second-shop", name="第二家商城")
    for segment in Segment.objects.order_by("pk")[:2]:
        asked = export.ask(by=admin, segment=segment, query="", columns=(), form="csv", language="zh-hans")
        export.in_background(asked)


def _pictures(admin: Any) -> None:
    """A link and a picture at the end of each template, so that whatever letter comes first shows them."""
    picture = add_picture(by=admin, body=drawn("PNG"))
    for one in Template.objects.filter(channel="email"):
        html = f'{one.html}<p><a href="https://shop.example/">走查</a><img src="{picture.path}" alt="走查"></p>'
        wording = Wording(one.subject, html, one.text)
        save_template(by=admin, key=one.key, name=one.name, purpose=one.purpose, wording=wording)


def _customers(bought: list[int], admin: Any) -> None:
    """Owners, tags, a saved view, two customers made one, a token."""

    sales = User.objects.get(username="sales-east")
    profile.assign_owner(customer_ids=bought[:12], owner=sales, by=admin)
    profile.add_tag(customer_ids=bought[:6], tag="走查", by=admin)
    save_view(of="customers", reads="customers:read", name="走查的视图", query="tag=走查", shared=True, by=admin)
    merge_customers(loser=bought[1], winner=bought[0], by=admin, proof="走查")
    create_field(by=admin, label="走查字段", type="text")
    create_token(by=admin, user=admin, name="走查", scopes=["customers:read"])


def _desks(bought: list[int], admin: Any) -> None:
    """Tasks of the salesperson's, coupons, letters written by hand."""

    today = clock.day_of(clock.now())
    owners = [User.objects.get(username=name) for name in ("sales-east", "service", "manager", "marketer")]
    for day, customer in enumerate(bought[:8]):
        due = today + timedelta(days=day - 3)
        open_task(by=admin, customer_id=customer, title="走查回访", due_on=due, owner=owners[day % 4])
        open_task(by=admin, customer_id=customer, title="走查拜访", due_on=due - timedelta(days=9), owner=owners[2])
    for customer in bought[:6]:
        give_coupon(CouponOffer.objects.order_by("pk")[0], by=admin, customer_id=customer)
        _letter(customer, admin)
    _letter(bought[0], admin, state="planned", due_at=clock.now() + timedelta(days=1))
    _letter(bought[1], admin, state="failed", reason=reasons.GAVE_UP)


@transaction.atomic
def _letter(customer: int, admin: Any, **outcome: Any) -> None:
    """A letter by hand, on its way or with what became of it."""
    made = plan(by=admin, customer_id=customer, send_key=f"walk:{customer}:{outcome}", written=LETTER)
    if outcome:
        Message.objects.filter(pk=made.pk).update(**outcome)
