"""What people and rules do about messages: word templates, plan messages, set how and when we send."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import NotYours, require
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import queries, reasons
from zhiji.flow.deliver.channel import USUAL, channel_of
from zhiji.flow.deliver.models import (
    DeliverySettings,
    Message,
    Picture,
    Purpose,
    Template,
    TemplateVersion,
)
from zhiji.flow.deliver.naming import named
from zhiji.flow.deliver.pictures import cleaned
from zhiji.flow.deliver.rehearsal import Rehearsal, advice, check_rules, examples, lacking, problem_of, rehearse
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.listing import listed

SAMPLE = 50
"""Customers on whom a wording is tried before it is kept: 20 ms."""


WORDED = ("subject", "html", "text", "variables", "details")
"""The parts of a wording, as templates and their versions keep them."""
UNSAVED = timedelta(days=1)
"""How long a picture waits for its template to be saved."""


class TemplateKeyTaken(ValueError):
    """There is a template of this key; choose another, or edit that one."""


class CannotPlan(ValueError):
    """The message can't be planned; the text says what to do."""


def check_wording(
    wording: Wording, *, key: str = "", name: str = "", channel: str = USUAL, purpose: str = Purpose.MARKETING
) -> Rehearsal:
    """Try the wording on a sample of customers, on one of whom nothing is known, and on the rules that send it.

    Raises TemplateRefused with what to mend.
    """
    settings, over = queries.delivery_settings(), channel_of(channel)
    (nobody,) = gather([Addressee(0)], settings)
    for variables in (nobody, {**nobody, **examples()}):
        filled = over.render(wording, variables, settings, message_id=None)
        over.check(wording, purpose, filled)
        if shop := [path for path in filled.empty if path.startswith("shop.")]:
            raise TemplateRefused(
                _("%(variables)s还没有填写：请先到 设置 › 发信设置 填好") % {"variables": named(shop)}
            )
    found = rehearse(wording, queries.sample(over, None, SAMPLE), settings)
    if problem := problem_of(found):
        raise TemplateRefused(problem)
    check_rules(over.step, key, name, wording)
    return found


@transaction.atomic
def save_template(
    *,
    by: User | None,
    key: str,
    name: str,
    purpose: str,
    wording: Wording,
    channel: str = USUAL,
    anew: bool = False,
) -> Template:
    """Make the template `key`, or give it a new version when it exists (unless it is to be made `anew`) and its wording
    changed.

    Raises TemplateRefused, TemplateKeyTaken, and ValidationError for a bad key, name or purpose.
    """
    require(by, "messages:write")
    if anew and Template.objects.filter(key=key).exists():
        raise TemplateKeyTaken(_("已有这个标识的模板，换一个"))
    check_wording(wording, key=key, name=name, channel=channel, purpose=purpose)
    template = Template.objects.select_for_update().filter(key=key).first()
    new = template is None
    if template is not None and template.channel != channel:
        raise TemplateKeyTaken(_("已有这个标识的模板，换一个"))
    if template is None:
        template = Template(key=key, channel=channel, version=1)
    changed = new or template.wording != wording
    template.name, template.purpose, template.archived_at = name, purpose, None
    parts = {part: getattr(wording, part) for part in WORDED}
    for part, said in parts.items():
        setattr(template, part, said)
    template.updated_at = clock.now()
    if changed and not new:
        template.version += 1
    template.full_clean(validate_unique=False)
    template.save()
    if changed:
        TemplateVersion.objects.create(template=template, version=template.version, by=by, **parts)
    audit("template made" if new else "template changed", template, by=by, version=template.version)
    return template


@transaction.atomic
def add_picture(*, by: User | None, body: bytes) -> Picture:
    """Keep a picture for a template, cleaned. Raises PictureRefused."""
    require(by, "messages:write")
    made = cleaned(body)
    picture = Picture.objects.create(
        token=secrets.token_urlsafe(18), kind=made.kind, body=made.body, width=made.width, height=made.height, by=by
    )
    audit("picture added", picture, by=by, kind=made.kind, bytes=len(made.body))
    return picture


@transaction.atomic
def drop_unused_pictures(*, by: User | None, as_of: datetime) -> int:
    """Delete the pictures that no version of a template shows a day after they came; how many."""
    require(by, "messages:write")
    dropped, _each = queries.unused_pictures(as_of - UNSAVED).delete()
    if dropped:
        audit("pictures dropped", queries.delivery_settings(), by=by, count=dropped)
    return dropped


@transaction.atomic
def archive_template(*, by: User | None, template: Template) -> None:
    """Take a template out of the lists. Messages planned with it still go out."""
    require(by, "messages:write")
    Template.objects.filter(pk=template.pk).update(archived_at=clock.now())
    audit("template archived", template, by=by)


@transaction.atomic
def plan(
    *,
    by: User | None,
    customer_id: int,
    send_key: str,
    template: Template | None = None,
    written: Mapping[str, str] | None = None,
    purpose: str = Purpose.SERVICE,
    channel: str = USUAL,
) -> Message:
    """Plan one message to one customer: a template, or own words `{subject, text}` for `purpose` over `channel`.

    The same `send_key` again is the same message. Raises CannotPlan, Forbidden (also for a customer whom `by`
    doesn't see).
    """
    require(by, "messages:write")
    root = Customer.objects.filter(pk=customer_id).values_list("root_id", flat=True).first()
    if root is None or (by is not None and not visible_to(by).filter(pk=root).exists()):
        raise NotYours
    _check_plan(template, written, purpose, channel)
    message, new = Message.objects.get_or_create(
        send_key=send_key,
        defaults={
            "customer_id": root,
            "template": template,
            "template_version": template.version if template else None,
            "written": {"subject": written["subject"][:200], "text": written["text"][:20_000]} if written else None,
            "subject": template.name if template else (written or {}).get("subject", "")[:200],
            "purpose": template.purpose if template else purpose,
            "channel": template.channel if template else channel,
            "by": by,
            "due_at": clock.now(),
            "planned_at": clock.now(),
        },
    )
    if new:
        audit("message planned", message, by=by, customer=root)
    elif message.customer_id != root:
        raise CannotPlan(_("这个 key 已用于另一位客户；请换一个"))
    return message


def _check_plan(template: Template | None, written: Mapping[str, str] | None, purpose: str, channel: str) -> None:
    """Raises CannotPlan."""
    if (template is None) == (written is None):
        raise CannotPlan(_("选一个模板，或自己写一封"))
    if written is not None and not (written["subject"].strip() and written["text"].strip()):
        raise CannotPlan(_("主题和正文都要填写"))
    if written is not None and not channel_of(channel).can.own_words:
        raise CannotPlan(_("这个渠道只能发已审核的模板，请选一个模板"))
    if template is not None and (steps := lacking(template.wording, ())):
        raise CannotPlan(advice(template.name, steps))
    if purpose not in Purpose.values:
        raise CannotPlan(_("目的只能是 %(known)s") % {"known": listed(Purpose.values)})


def plan_for_entries(*, by: None, entries: Sequence[RuleEntry], template: Template, as_of: datetime) -> list[str]:
    """Plan a template for many rule entries in one statement, in the caller's transaction. Answers their send keys.

    A rule's step is the house itself; the run log of the rule is its audit line. Again is nothing new.
    """
    keys = [send_key_of(entry) for entry in entries]
    roots = dict(Customer.objects.filter(pk__in={e.customer_id for e in entries}).values_list("pk", "root_id"))
    Message.objects.bulk_create(
        [
            Message(
                send_key=key,
                customer_id=roots[entry.customer_id],
                template=template,
                template_version=template.version,
                subject=template.name,
                purpose=template.purpose,
                channel=template.channel,
                entry=entry,
                rule_id=entry.rule_id,
                due_at=as_of,
                planned_at=as_of,
            )
            for entry, key in zip(entries, keys, strict=True)
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    return keys


def send_key_of(entry: RuleEntry) -> str:
    """What makes the step that an entry is at once only."""
    return f"rule:{entry.pk}:{entry.next_step}"


@transaction.atomic
def cancel(*, by: User | None, message: Message) -> bool:
    """Take back a message that still waits. False when it is too late."""
    require(by, "messages:write")
    waiting = Message.objects.filter(pk=message.pk, state=Message.State.PLANNED)
    if not waiting.update(state=Message.State.REFUSED, reason=reasons.CANCELLED):
        return False
    audit("message cancelled", message, by=by)
    return True


@transaction.atomic
def retry(*, by: User | None, message: Message) -> bool:
    """Try a message again that failed or was refused; every question is asked anew. False if it did neither."""
    require(by, "messages:write")
    stopped = Message.objects.filter(pk=message.pk, state__in=[Message.State.FAILED, Message.State.REFUSED])
    if not stopped.update(
        state=Message.State.PLANNED, reason="", reply="", attempts=0, due_at=clock.now(), counted_at=None, variables={},
        begun_at=None, empty=[],
    ):  # fmt: skip
        return False
    audit("message retried", message, by=by)
    return True


@transaction.atomic
def set_delivery(*, by: User | None, **changes: Any) -> DeliverySettings:
    """Change who we write as, and how often and when. Raises ValidationError per field."""
    require(by, "settings:write")
    queries.delivery_settings()
    row = DeliverySettings.objects.select_for_update().get(pk=1)
    before = {name: str(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    for name, least in (("cap_per_day", 0), ("cap_per_week", 0), ("max_attempts", 1)):
        if getattr(row, name) < least:
            raise ValidationError({name: _("不能小于 %(least)s") % {"least": least}})
    row.updated_at = clock.now()
    row.full_clean()
    row.save()
    audit("delivery settings changed", row, by=by, before=before, after={k: str(v) for k, v in changes.items()})
    return row
