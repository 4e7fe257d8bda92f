"""What the demo's people set up: accounts, a source, schemes and segments, coupons, letters, rules.

Every function is safe to repeat: what is there stays as it is.
"""

import secrets
import tomllib
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from zhiji.access.models import Role, User
from zhiji.desks.loyalty.actions import create_offer
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.act.models import Rule
from zhiji.flow.collect.models import Source
from zhiji.flow.deliver.account_actions import set_account
from zhiji.flow.deliver.accounts import account_of
from zhiji.flow.deliver.actions import save_template, set_delivery
from zhiji.flow.deliver.channel import channel_of
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.actions import assign_owner, set_priority
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment import actions as segment
from zhiji.flow.segment.models import Classification, Scheme, Segment
from zhiji.kernel import clock
from zhiji.ops.demo.accounts import open_accounts
from zhiji.ops.demo.classes import SCHEMES, SEGMENTS
from zhiji.ops.demo.rules import OFFERS, RULES

SHOP = "demo-shop"
WRITE_KEY = "demo-shop-write-key"
CAUSE = "演示数据"
LETTERHEAD = {
    "sender_name": "知味生活超市",
    "shop_name": "知味生活超市",
    "shop_url": f"{settings.PUBLIC_URL.rstrip('/')}/shop/",
    "postal": "上海市滨江路 1 号（演示地址）",
}
TEXTS = (
    ("sms-pickup", "到店取货提醒", "service", "SMS_100000001", "${name}，您的订单已到店，请三日内来取。"),
    ("sms-week", "会员周短信", "marketing", "SMS_100000002", "${name}，会员周到了，满 100 元减 20。拒收请回复R"),
)
"""Text messages: key, name, purpose, the platform's code, and what it approved."""


def house() -> None:
    """Accounts, the shop's source for the tracking protocol; nothing is classified until `classes` builds all."""
    open_accounts()
    Source.objects.get_or_create(key=SHOP, defaults={"name": "演示商城", "write_key": WRITE_KEY})
    segment.pause()


def classes(progress: Callable[[str, float], None] = lambda step, share: None) -> None:
    """The schemes and segments, built for everyone without setting rules off."""
    with transaction.atomic():
        for scheme in SCHEMES:
            if not Scheme.objects.filter(key=scheme["key"]).exists():
                segment.create_scheme(by=None, **scheme)
        for one in SEGMENTS:
            if not Segment.objects.filter(key=one["key"]).exists():
                segment.create_segment(by=None, **one)
    segment.build(clock.now(), fire=False, progress=progress)


def owners() -> None:
    """Those who are of high value already get their manager by region, as rule 1 gives it to those who become so."""
    high = Classification.objects.filter(scheme_class__key="high", scheme__key="value").values("customer_id")
    for user in User.objects.filter(role=Role.SALES, is_active=True):
        theirs = Portrait.objects.filter(pk__in=high, region__in=user.regions, owner=None)
        customers = list(theirs.values_list("pk", flat=True))
        assign_owner(customer_ids=customers, owner=user, by=None, cause=CAUSE)
        set_priority(customer_ids=customers, priority=3, by=None, cause=CAUSE)


def rules() -> None:
    """The shop's name in letters, coupons, letters and the eight rules; then the rules are switched on.

    No quiet hours: whoever tries the demo at night sees its mail at once, and nobody real is woken.
    """
    set_delivery(by=None, quiet_from=time(0), quiet_until=time(0), **LETTERHEAD)
    for offer in OFFERS:
        if not CouponOffer.objects.filter(key=offer["key"]).exists():
            create_offer(by=None, **offer)
    for letter in letters():
        if not Template.objects.filter(key=letter["key"]).exists():
            wording = Wording(*(letter[part].strip() for part in ("subject", "html", "text")))
            save_template(by=None, key=letter["key"], name=letter["name"], purpose=letter["purpose"], wording=wording)
    _text_messages()
    for rule in RULES:
        if not Rule.objects.filter(key=rule["key"]).exists():
            create_rule(by=None, **rule)
    for made in Rule.objects.filter(key__in=[rule["key"] for rule in RULES], enabled_at=None):
        switch_on(made, by=None)


def _text_messages() -> None:
    """An account with the simulator on this machine, and texts as a platform would have approved them."""
    sms = channel_of("sms")
    if account_of(sms) is None:
        given = {"key_id": "LTAI-demo", "key_secret": secrets.token_hex(16)}
        set_account(by=None, channel=sms, mode="simulator", given=given)
    for key, name, purpose, code, text in TEXTS:
        if not Template.objects.filter(key=key).exists():
            variables = {"name": "{{ customer.salutation }}"}
            wording = Wording("", "", text, variables, {"sign": LETTERHEAD["shop_name"], "code": code})
            save_template(by=None, key=key, name=name, purpose=purpose, wording=wording, channel=sms.key)


def letters() -> list[dict[str, Any]]:
    """The demo's letters: key, name, purpose, subject, html, text."""
    found: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "letters.toml").read_text("utf-8"))["letter"]
    return found
