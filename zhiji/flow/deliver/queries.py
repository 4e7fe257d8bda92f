"""Named reads of what is said to customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from zhiji.access.models import User
from zhiji.flow.act.models import Rule
from zhiji.flow.deliver.channel import Channel, channel_of, channels
from zhiji.flow.deliver.models import DeliverySettings, Message, Picture, Template, TemplateVersion, WebhookCall
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.models import ContactPoint, Portrait
from zhiji.flow.profile.queries import only_owner, owned_by, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import Heartbeat
from zhiji.kernel.written import written_once

BEAT = "channel "
"""How the heartbeats begin that say why nothing goes out over a channel."""
SLICES = 10
"""Of the customers by id, from each of which a sample takes some."""


def delivery_settings() -> DeliverySettings:
    """The one row of settings, made with its defaults when it isn't there yet."""
    found = DeliverySettings.objects.filter(pk=1).first()
    if found is None:
        DeliverySettings.objects.bulk_create([DeliverySettings(pk=1)], ignore_conflicts=True)
        found = DeliverySettings.objects.get(pk=1)
    return found


def messages_for(user: User) -> QuerySet[Message]:
    """The messages to customers this user may see, merged ones included, with template and customer."""
    rows = Message.objects.select_related("template", "customer")
    if only_owner(user) is None:
        return rows
    seen = visible_to(user).values("customer_id")
    return rows.filter(customer__in=Customer.objects.filter(root_id__in=seen).values("pk"))


def ledger_page(
    user: User,
    *,
    state: str = "",
    rule: int | None = None,
    template: str = "",
    customer: int | None = None,
    channel: str = "",
) -> QuerySet[Message]:
    """The ledger, filtered. Newest first by id."""
    rows = messages_for(user)
    if state:
        rows = rows.filter(state=state)
    if rule is not None:
        rows = rows.filter(rule_id=rule)
    if template:
        rows = rows.filter(template__key=template)
    if channel:
        rows = rows.filter(channel=channel)
    if customer is not None:
        rows = rows.filter(customer__in=Customer.objects.filter(root_id=customer).values("pk"))
    return rows


@written_once
def last_messages(root_id: int) -> QuerySet[Message]:
    """The messages to a root and the customers merged into it, the newest nine."""
    same = Customer.objects.filter(root_id=root_id).values("pk")
    return Message.objects.filter(customer_id__in=same).order_by("-planned_at")[:9]


def sent_and_opened(start: datetime, end: datetime, owner: int | None = None) -> tuple[int, int]:
    """How many messages were sent in (start, end], and how many of those were opened; to an owner's customers,
    if given."""
    sent = Message.objects.filter(sent_at__gt=start, sent_at__lte=end)
    if owner is not None:
        sent = sent.filter(customer__root_id__in=owned_by(owner).values("customer_id"))
    counted = sent.aggregate(sent=Count("*"), opened=Count("id", filter=Q(opened_at__isnull=False)))
    return counted["sent"], counted["opened"]


def with_names(messages: Sequence[Message]) -> list[Message]:
    """The same messages with `.person` (their root's portrait) and `.rule` to show. Two statements."""
    roots = {message.customer.root_id for message in messages}
    portraits = {row.pk: row for row in Portrait.objects.filter(pk__in=roots)}
    rules = {row.pk: row for row in Rule.objects.filter(pk__in={m.rule_id for m in messages if m.rule_id})}
    for message in messages:
        message.person = portraits.get(message.customer.root_id)  # type: ignore[attr-defined]
        message.rule = rules.get(message.rule_id or 0)  # type: ignore[attr-defined]
    return list(messages)


def templates() -> QuerySet[Template]:
    return Template.objects.filter(archived_at=None).order_by("-updated_at", "-id")


def wordings_of(messages: Sequence[Message]) -> list[Wording]:
    """What each message says, before it is filled in; one statement for all."""
    wanted = {(one.template_id, one.template_version) for one in messages}
    versions = TemplateVersion.objects.filter(template_id__in={template for template, _ in wanted if template})
    known = {
        (row.template_id, row.version): row.wording
        for row in versions.filter(version__in={version for _, version in wanted if version})
    }
    return [
        channel_of(one.channel).written(one.written["subject"], one.written["text"])
        if one.written is not None
        else known.get((one.template_id or 0, one.template_version or 0), Wording("", "", ""))
        for one in messages
    ]


def wording_of(message: Message) -> Wording:
    """What one message says, before it is filled in."""
    return wordings_of([message])[0]


def samples(user: User, text: str = "", limit: int = 20) -> list[Portrait]:
    """Customers to preview a template as: found by name, else those last seen."""
    rows = visible_to(user).exclude(name="")
    if text:
        return list(rows.filter(Q(name__startswith=text)).order_by("name")[:limit])
    return list(rows.order_by("-customer_id")[:limit])


def unused_pictures(before: datetime) -> QuerySet[Picture]:
    """The pictures from before that no version of a template shows."""
    shown_in = TemplateVersion.objects.filter(html__contains=OuterRef("token"))
    return Picture.objects.filter(made_at__lt=before).exclude(Exists(shown_in))


def sample(channel: Channel, user: User | None, size: int) -> list[int]:
    """Customers whom a channel reaches, from all ages of the house: some after each of SLICES evenly spread ids."""
    reachable = ContactPoint.objects.filter(customer_id=OuterRef("customer_id"), kind=channel.contact)
    rows = (visible_to(user) if user is not None else owned_by(None)).filter(Exists(reachable)).order_by("customer_id")
    first, last = rows.first(), rows.last()
    if first is None or last is None:
        return []
    step = (last.pk - first.pk) // SLICES + 1
    starts = [first.pk + step * number for number in range(SLICES)]
    found = [rows.filter(customer_id__gte=start, customer_id__lt=start + step)[: size // SLICES] for start in starts]
    return [portrait.pk for some in found for portrait in some]


@dataclass(frozen=True)
class Trouble:
    """Why nothing goes out over a channel: in the user's words, and in the provider's."""

    channel: Channel
    words: str
    said: str


def troubles() -> list[Trouble]:
    """Of each channel over which nothing goes out."""
    down = {row.name: str(row.detail.get("trouble", "")) for row in Heartbeat.objects.filter(name__startswith=BEAT)}
    found = []
    for channel in channels():
        standing, said = channel.standing(), down.get(BEAT + channel.key, "")
        if not standing.ready and standing.trouble:
            found.append(Trouble(channel, str(standing.trouble), ""))
        elif standing.ready and said:
            found.append(Trouble(channel, str(channel.down), said))
    return found


def webhook_calls(user: User, *, state: str = "") -> QuerySet[WebhookCall]:
    """The webhook calls about customers this user may see."""
    rows = WebhookCall.objects.select_related("customer")
    if only_owner(user) is not None:
        seen = visible_to(user).values("customer_id")
        rows = rows.filter(customer__in=Customer.objects.filter(root_id__in=seen).values("pk"))
    return rows.filter(state=state) if state else rows
