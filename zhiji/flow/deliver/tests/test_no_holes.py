"""A letter with a hole where something belongs isn't sent, isn't kept, and isn't set on by a rule."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.desks.loyalty.actions import create_offer
from zhiji.flow.act.actions import RuleRefused, create_rule, edit_rule, problems_of, switch_on
from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.act.stepping import round_once
from zhiji.flow.deliver import actions, queries, reasons, rehearsal
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import DeliverySettings, Message, Template
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

COUPON = Wording("您的新客礼还在：{{ coupon.value }} 元", "<p>券码 {{ coupon.code }}</p>", "券码 {{ coupon.code }}")
CITY = Wording("好", "<p>{{ customer.city }}的朋友</p>", "{{ customer.city|default('本地') }}的朋友")
COUPON_STEP = {"kind": "issue_coupon", "offer": "welcome"}
MAIL_STEP = {"kind": "send_message", "template": "gift"}
TRIGGER = {"kind": "fact", "fact": "order_paid"}


@pytest.fixture
def gift(house: DeliverySettings) -> Template:
    create_offer(by=None, key="welcome", name="新客礼", value=10, valid_days=7)  # type: ignore[arg-type]
    return save(COUPON)


def save(wording: Wording, key: str = "gift", name: str = "新客礼信") -> Template:
    return actions.save_template(by=None, key=key, name=name, purpose="marketing", wording=wording)


def rule_with(*steps: dict[str, Any], on: bool = False) -> Rule:
    rule = create_rule(by=None, name="注册未下单", trigger=TRIGGER, steps=list(steps), holdout=0)
    return switch_on(rule, by=None) if on else rule


def test_a_coupon_letter_without_a_coupon_is_not_sent_and_the_ledger_says_why(
    post: Post, sender: Sender, gift: Template, customer: Customer, signed_in: Callable[[User], Client], mark: User
) -> None:
    entry = RuleEntry.objects.create(
        rule=Rule.objects.create(key="old", name="旧规则", trigger={}, steps=[]), version=1, customer=customer,
        occasion="once", entered_at=clock.now(), state="running",
    )  # fmt: skip
    actions.plan_for_entries(by=None, entries=[entry], template=gift, as_of=clock.now())
    sender.round()
    message = Message.objects.get()
    assert state_of(message) == ("refused", reasons.EMPTY) and post.mails == []
    assert message.empty == ["coupon.value", "coupon.code"] and message.subject == gift.name
    for path in ("/messages/", f"/messages/{message.pk}/"):
        assert "“面值”、“券码”是空的" in signed_in(mark).get(path).content.decode()


def test_an_empty_variable_stops_the_letter_to_that_customer_only(
    post: Post, sender: Sender, plan: Callable[..., Message], house: DeliverySettings
) -> None:
    template = save(CITY, "city")
    known, unknown = make_customer(), make_customer()
    Portrait.objects.filter(pk=known.pk).update(city="杭州")
    sent, stopped = plan(known, template), plan(unknown, template)
    sender.round()
    assert state_of(sent)[0] == "sent" and "杭州的朋友" in post.mails[0].get_body(("html",)).get_content()
    assert state_of(stopped) == ("refused", reasons.EMPTY) and len(post.mails) == 1
    Portrait.objects.filter(pk=unknown.pk).update(city="上海")
    actions.retry(by=None, message=stopped)
    sender.round()
    assert state_of(stopped) == ("sent", "") and stopped.empty == []


def test_what_was_stopped_takes_no_room_from_the_cap(
    post: Post, sender: Sender, plan: Callable[..., Message], customer: Customer
) -> None:
    stopped = plan(customer, save(CITY, "city"))
    sender.round()
    after = plan(customer)
    sender.round()
    assert state_of(stopped)[0] == "refused" and state_of(after)[0] == "sent"


def test_with_a_default_it_goes_out(
    post: Post, sender: Sender, plan: Callable[..., Message], customer: Customer
) -> None:
    message = plan(customer, save(Wording("好", CITY.text, CITY.text), "city"))
    sender.round()
    assert state_of(message) == ("sent", "") and "本地的朋友" in post.mails[0].get_body(("html",)).get_content()


def test_a_rule_without_the_step_that_fills_its_letter_is_refused(gift: Template) -> None:
    for steps in ([MAIL_STEP], [MAIL_STEP, COUPON_STEP]):
        with pytest.raises(RuleRefused, match="发优惠券") as caught:
            rule_with(*steps)
        assert "steps.0" in caught.value.problems and "新客礼信" in str(caught.value)
    assert not Rule.objects.exists()
    assert rule_with(COUPON_STEP, MAIL_STEP, on=True).enabled_at is not None


def test_a_rule_that_lost_its_step_cannot_be_switched_on_and_its_page_says_why(
    gift: Template, signed_in: Callable[[User], Client], mark: User
) -> None:
    rule = rule_with(COUPON_STEP, MAIL_STEP)
    Rule.objects.update(steps=[MAIL_STEP])
    with pytest.raises(RuleRefused):
        switch_on(rule, by=mark)
    rule.refresh_from_db()
    assert rule.enabled_at is None and list(problems_of(rule)) == ["steps.0"]
    page = signed_in(mark).get(f"/rules/{rule.key}/").content.decode()
    assert "还打不开" in page and "第 1 步：模板「新客礼信」要用到“券码”、“面值”" in page
    Rule.objects.update(enabled_at=clock.now())
    assert "这条规则开着，但按现在的设置做不成" in signed_in(mark).get(f"/rules/{rule.key}/").content.decode()


def test_a_template_in_use_is_not_changed_into_what_its_rules_cannot_fill(gift: Template, mark: User) -> None:
    plain = Wording("好", "<p>好久不见</p>", "好久不见")
    save(plain)
    rule = rule_with(MAIL_STEP, on=True)
    with pytest.raises(TemplateRefused, match=r"注册未下单.*发优惠券"):
        save(COUPON)
    gift.refresh_from_db()
    assert gift.wording == plain
    asked = Wording("好", "{% if coupon.code %}{{ coupon.code }}{% endif %}{{ coupon.value|default('') }}", "好")
    assert save(asked).wording == asked
    edit_rule(rule, by=mark, steps=[COUPON_STEP, MAIL_STEP])
    assert save(COUPON).wording == COUPON


def test_the_rule_with_its_step_sends_the_letter_whole(
    post: Post, sender: Sender, gift: Template, customer: Customer
) -> None:
    rule = rule_with(COUPON_STEP, MAIL_STEP, on=True)
    RuleEntry.objects.create(
        rule=rule, version=1, customer=customer, occasion="once", entered_at=clock.now(), state="running"
    )
    round_once()
    round_once()
    sender.round()
    assert Message.objects.get().state == "sent" and str(post.mails[0]["Subject"]) == "您的新客礼还在：10.00 元"


def test_a_coupon_letter_cannot_be_planned_by_hand(gift: Template, customer: Customer) -> None:
    with pytest.raises(actions.CannotPlan, match="发优惠券"):
        actions.plan(by=None, customer_id=customer.pk, template=gift, send_key="hand")
    assert not Message.objects.exists()


def test_a_sample_of_customers_tells_for_how_many_each_variable_is_empty(house: DeliverySettings) -> None:
    some = [make_customer().pk for _ in range(10)]
    Portrait.objects.filter(pk__in=some[:7]).update(city="杭州")
    found = rehearsal.rehearse(CITY, queries.sample(EMAIL, None, 50), house)
    assert (found.tried, found.stopped) == (10, 3) and dict(found.empty) == {"customer.city": some[7:]}
    assert rehearsal.rehearse(COUPON, some, house).stopped == 0
    assert [(one.step, one.paths) for one in rehearsal.lacking(COUPON, ())] == [
        ("issue_coupon", ["coupon.code", "coupon.value"])
    ]


def test_what_nobody_has_is_not_kept(house: DeliverySettings) -> None:
    for _ in range(rehearsal.ENOUGH):
        make_customer()
    with pytest.raises(TemplateRefused, match=r"抽样的 20 位客户，“shoe”都是空的"):
        save(Wording("好", "{{ attributes.shoe }}", "好"), "shoe")
    assert save(Wording("好", "{{ attributes.shoe|default('鞋') }}", "好"), "shoe").version == 1


def test_the_shops_own_address_must_be_filled_in_first(house: DeliverySettings) -> None:
    with pytest.raises(TemplateRefused, match=r"店铺网址.*发信设置"):
        save(Wording("好", "{{ shop.url|button('去看看') }}", "好"), "shop")
    DeliverySettings.objects.update(shop_url="https://shop.example/")
    assert save(Wording("好", "{{ shop.url|button('去看看') }}", "好"), "shop").version == 1
