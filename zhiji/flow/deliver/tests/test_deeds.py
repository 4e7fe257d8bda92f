"""What each deed on templates, messages and settings takes, refuses and leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import actions, queries, reasons
from zhiji.flow.deliver.actions import CannotPlan, TemplateKeyTaken
from zhiji.flow.deliver.models import DeliverySettings, Message, Picture, Template, TemplateVersion
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.tests.conftest import WORDING, make_customer
from zhiji.flow.deliver.tests.test_pictures import drawn
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

Plan = Callable[..., Message]
WRITTEN = {"subject": "您好", "text": "正文"}


def line(verb: str) -> AuditLine:
    return AuditLine.objects.filter(verb=verb).latest("id")


def test_a_template_is_made_with_its_first_version_and_comes_back_from_the_archive(template: Template) -> None:
    assert (template.version, line("template made").detail) == (1, {"version": 1})
    before = clock.now()
    actions.archive_template(by=None, template=template)
    template.refresh_from_db()
    assert template.archived_at is not None and template.archived_at >= before
    assert line("template archived").object_id == str(template.pk)
    saved = actions.save_template(by=None, key="care", name="新名", purpose="service", wording=WORDING)
    saved.refresh_from_db()
    assert (saved.pk, saved.version, saved.name, saved.purpose, saved.archived_at) == (
        template.pk, 1, "新名", "service", None,
    )  # fmt: skip
    assert saved.updated_at >= before and TemplateVersion.objects.count() == 1
    assert line("template changed").detail == {"version": 1}


def test_another_wording_is_kept_whole_and_the_former_too(template: Template) -> None:
    new = Wording("新主题", "<p>新</p>", "新")
    saved = actions.save_template(by=None, key="care", name="关怀", purpose="marketing", wording=new)
    kept = [(one.version, one.wording) for one in TemplateVersion.objects.order_by("version")]
    assert (saved.wording, kept) == (new, [(1, WORDING), (2, new)])


def test_a_template_is_not_made_anew_over_another_nor_with_words_that_will_not_do(template: Template) -> None:
    with pytest.raises(TemplateKeyTaken):
        actions.save_template(by=None, key="care", name="x", purpose="marketing", wording=WORDING, anew=True)
    other = actions.save_template(by=None, key="other", name="x", purpose="marketing", wording=WORDING, anew=True)
    assert (other.key, other.version) == ("other", 1)
    for given in ({"purpose": "spam"}, {"key": "Two Words"}, {"name": ""}):
        with pytest.raises(ValidationError):
            actions.save_template(
                **{"by": None, "key": "a", "name": "a", "purpose": "service", "wording": WORDING, **given}
            )
    for wording in (Wording(" ", "<p>x</p>", ""), Wording("{{ nothing.there }}", "<p>x</p>", "")):
        with pytest.raises(TemplateRefused):
            actions.save_template(by=None, key="a", name="a", purpose="service", wording=wording)
    assert Template.objects.count() == 2


def test_a_template_that_names_a_shop_without_a_name_is_refused(house: DeliverySettings) -> None:
    wording = Wording("您好", "<p>{{ shop.url }}</p>", "")
    DeliverySettings.objects.update(shop_url="")
    with pytest.raises(TemplateRefused, match="还没有填写"):
        actions.check_wording(wording)
    DeliverySettings.objects.update(shop_url="https://shop.example")
    assert actions.check_wording(wording)


def test_pictures_are_kept_as_they_are_and_the_unused_dropped_with_their_count(mark: User, house: Any) -> None:
    made = actions.add_picture(by=mark, body=drawn("PNG"))
    assert (made.kind, made.by, len(made.token)) == ("png", mark, 24) and made.width and made.height
    assert line("picture added").detail == {"kind": "png", "bytes": len(bytes(made.body))}
    at = made.made_at + actions.UNSAVED
    assert actions.drop_unused_pictures(by=None, as_of=at) == 0
    assert not AuditLine.objects.filter(verb="pictures dropped").exists()
    assert actions.drop_unused_pictures(by=None, as_of=at + timedelta.resolution) == 1
    assert line("pictures dropped").detail == {"count": 1} and not Picture.objects.exists()


def test_a_message_is_planned_once_to_the_root_as_it_is_now(template: Template, mark: User) -> None:
    root, merged = make_customer(), make_customer()
    Customer.objects.filter(pk=merged.pk).update(root_id=root.pk)
    before = clock.now()
    given = {"by": mark, "send_key": "k", "template": template}
    first = actions.plan(customer_id=merged.pk, **given)
    assert actions.plan(customer_id=root.pk, **given).pk == first.pk
    assert (first.customer_id, first.template_version, first.subject, first.purpose, first.by) == (
        root.pk, 1, "关怀", "marketing", mark,
    )  # fmt: skip
    assert (first.written, first.channel, first.state) == (None, "email", "planned")
    assert before <= first.due_at <= clock.now() and before <= first.planned_at <= clock.now()
    assert line("message planned").detail == {"customer": root.pk}
    assert AuditLine.objects.filter(verb="message planned").count() == 1
    with pytest.raises(CannotPlan, match="已用于另一位"):
        actions.plan(customer_id=make_customer().pk, **given)


def test_own_words_are_kept_as_far_as_there_is_room(customer: Customer) -> None:
    long = {"subject": "长" * 300, "text": "文" * 30_000}
    made = actions.plan(by=None, customer_id=customer.pk, send_key="k", written=long, purpose="marketing")
    assert made.written is not None
    assert (len(made.written["subject"]), len(made.written["text"]), len(made.subject)) == (200, 20_000, 200)
    assert (made.purpose, made.template, made.template_version) == ("marketing", None, None)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({}, "选一个模板"),
        ({"written": WRITTEN, "template": True}, "选一个模板"),
        ({"written": {"subject": " ", "text": "x"}}, "都要填写"),
        ({"written": {"subject": "x", "text": " "}}, "都要填写"),
        ({"written": WRITTEN, "purpose": "spam"}, "目的只能是"),
    ],
)
def test_what_cannot_be_planned_is_said(
    given: dict[str, Any], advice: str, template: Template, customer: Customer
) -> None:
    given = given | ({"template": template} if given.get("template") else {})
    with pytest.raises(CannotPlan, match=advice):
        actions.plan(by=None, customer_id=customer.pk, send_key="k", **given)
    assert not Message.objects.exists()


def test_nobody_is_written_to_whom_one_does_not_see(bob: User, alice: User, house: Any) -> None:
    hers, his = make_customer(owner=alice), make_customer(owner=bob)
    for one in (hers.pk, hers.pk + 99):
        with pytest.raises(Forbidden):
            actions.plan(by=bob, customer_id=one, send_key="k", written=WRITTEN)
    assert actions.plan(by=alice, customer_id=his.pk, send_key="k", written=WRITTEN).by == alice


def test_entries_of_a_rule_are_written_to_once_each_by_their_root(template: Template, entry: RuleEntry) -> None:
    root, at = make_customer(), clock.now() + timedelta(hours=1)
    Customer.objects.filter(pk=entry.customer_id).update(root_id=root.pk)
    for _ in range(2):
        keys = actions.plan_for_entries(by=None, entries=[entry], template=template, as_of=at)
    assert keys == [f"rule:{entry.pk}:{entry.next_step}"]
    made = Message.objects.get()
    kept = ("customer_id", "send_key", "template_version", "subject", "purpose", "entry_id", "rule_id", "due_at")
    assert [getattr(made, name) for name in kept] == [
        root.pk, keys[0], 1, "关怀", "marketing", entry.pk, entry.rule_id, at,
    ]  # fmt: skip
    assert made.planned_at == at


def test_only_what_waits_is_cancelled_and_only_what_stopped_is_tried_again(
    plan: Plan, customer: Customer, bob: User, anna: User
) -> None:
    message = plan(customer)
    with pytest.raises(Forbidden):
        actions.cancel(by=anna, message=message)
    assert not actions.retry(by=None, message=message)
    assert actions.cancel(by=None, message=message) and not actions.cancel(by=None, message=message)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("refused", reasons.CANCELLED)
    Message.objects.update(reply="550", attempts=4, variables={"a": 1}, empty=["x"], counted_at=clock.now())
    with pytest.raises(Forbidden):
        actions.retry(by=anna, message=message)
    before = clock.now()
    assert actions.retry(by=None, message=message)
    message.refresh_from_db()
    assert (message.state, message.reason, message.reply, message.attempts) == ("planned", "", "", 0)
    assert (message.variables, message.empty, message.counted_at) == ({}, [], None) and message.due_at >= before
    Message.objects.update(state="failed")
    assert actions.retry(by=None, message=message)
    for state in ("sent", "bounced", "sending"):
        Message.objects.update(state=state)
        assert not actions.retry(by=None, message=message) and not actions.cancel(by=None, message=message)
    verbs = list(
        AuditLine.objects.filter(verb__in=["message cancelled", "message retried"]).values_list("verb", flat=True)
    )
    assert sorted(verbs) == ["message cancelled", "message retried", "message retried"]


@pytest.mark.parametrize(("name", "least"), [("cap_per_day", 0), ("cap_per_week", 0), ("max_attempts", 1)])
def test_a_limit_has_its_least_and_what_changed_is_written_down(
    house: DeliverySettings, mark: User, name: str, least: int
) -> None:
    was = getattr(queries.delivery_settings(), name)
    with pytest.raises(ValidationError):
        actions.set_delivery(by=None, **{name: least - 1})
    with pytest.raises(Forbidden):
        actions.set_delivery(by=mark, **{name: least})
    assert getattr(queries.delivery_settings(), name) == was
    before = clock.now()
    row = actions.set_delivery(by=None, **{name: least})
    assert getattr(queries.delivery_settings(), name) == least and row.updated_at >= before
    told = line("delivery settings changed").detail
    assert told == {"before": {name: str(was)}, "after": {name: str(least)}}


def test_who_may_not_write_messages_makes_nothing(
    bob: User, anna: User, template: Template, customer: Customer
) -> None:
    for deed in (
        lambda: actions.save_template(by=anna, key="b", name="b", purpose="service", wording=WORDING),
        lambda: actions.add_picture(by=anna, body=drawn("PNG")),
        lambda: actions.drop_unused_pictures(by=anna, as_of=clock.now()),
        lambda: actions.archive_template(by=anna, template=template),
        lambda: actions.plan(by=anna, customer_id=customer.pk, send_key="k", written=WRITTEN),
    ):
        with pytest.raises(Forbidden):
            deed()
    template.refresh_from_db()
    assert template.archived_at is None and Template.objects.count() == 1 and not Message.objects.exists()
