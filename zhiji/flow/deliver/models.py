"""What is said to customers: templates, the ledger of messages, webhooks, how and when we may send."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver.channel import USUAL
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.resolve.models import Customer

PICTURES = "/m/i/"
"""Where pictures are, as templates say it."""


class Purpose(models.TextChoices):
    """Why a message is sent. Marketing needs the customer's consent, keeps to the cap and to quiet hours."""

    MARKETING = "marketing", _("营销")
    SERVICE = "service", _("服务")


class Template(models.Model):
    """A message to be filled in (see sandbox/): the current wording. Older ones are in `TemplateVersion`.

    Which of its parts there are is its channel's: a mail has all three texts, what a provider keeps has `variables` and
    `details` (see wording.py).
    """

    key = models.SlugField(unique=True)
    channel = models.CharField(max_length=20, db_default=USUAL)
    name = models.CharField(_("名称"), max_length=80)
    purpose = models.CharField(_("目的"), max_length=20, choices=Purpose, db_default=Purpose.MARKETING)
    subject = models.CharField(_("主题"), max_length=200, blank=True)
    html = models.TextField(_("正文（HTML）"), blank=True)
    text = models.TextField(_("正文（纯文本）"), blank=True, help_text="empty: made from the HTML (see textpart.py)")
    variables = models.JSONField(blank=True, default=dict, db_default={})
    details = models.JSONField(blank=True, default=dict, db_default={})
    version = models.IntegerField(db_default=1)
    updated_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def wording(self) -> Wording:
        return Wording(self.subject, self.html, self.text, self.variables, self.details)


class TemplateVersion(models.Model):
    """A template's wording as it was; a message keeps the version it was sent with."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="versions")
    version = models.IntegerField()
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    variables = models.JSONField(default=dict, db_default={})
    details = models.JSONField(default=dict, db_default={})
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "version"], name="template_version_once")]

    @property
    def wording(self) -> Wording:
        return Wording(self.subject, self.html, self.text, self.variables, self.details)


class Picture(models.Model):
    """A picture of templates, cleaned (see pictures.py). Whoever knows its address may see it, as mail programmes must.

    It lies in the database, so that every worker serves it and a back-up holds it. A letter in somebody's mailbox
    shows it as long as it is kept: while any version of a template does.
    """

    token = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=4, help_text="jpg, png or gif")
    body = models.BinaryField()
    width = models.IntegerField(help_text="pixels")
    height = models.IntegerField(help_text="pixels")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    @property
    def path(self) -> str:
        """Where it is, on our own address; a letter gets it whole (see letter.py)."""
        return f"{PICTURES}{self.token}.{self.kind}"


class Message(models.Model):
    """触达: one thing said to one customer over one channel. `send_key` makes it once.

    A sender that takes a row writes its name and until when it holds it (`leased_until`), and when it began to hand
    it over (`begun_at`); what a dead sender held is taken up again, unless it may have gone out (see ledger.py).
    `links` are the addresses its links lead to, by index.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("失败")
        REFUSED = "refused", _("未发送")  # consent, cap or no address: never sent, and why
        BOUNCED = "bounced", _("未送达")  # it came back: bounced, or a receipt says that it failed
        UNKNOWN = "unknown", _("结果未知")  # handed over without an answer; never sent again by itself

    send_key = models.TextField(unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20, db_default=USUAL)
    template = models.ForeignKey(Template, models.SET_NULL, null=True, related_name="+")
    template_version = models.IntegerField(null=True)
    written = models.JSONField(null=True, help_text="{subject, text} of a letter a person wrote without a template")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    entry = models.ForeignKey(RuleEntry, models.SET_NULL, null=True, related_name="+")
    rule_id = models.BigIntegerField(null=True, db_index=True)
    purpose = models.CharField(max_length=20, choices=Purpose, db_default=Purpose.MARKETING)
    subject = models.CharField(max_length=300, blank=True, db_default="")
    variables = models.JSONField(db_default={}, help_text="what the template was filled in with, since sending")
    links = models.JSONField(db_default=[])
    empty = models.JSONField(db_default=[], help_text="the variables that were empty, so that it was not sent")
    state = models.CharField(max_length=10, choices=State, db_default=State.PLANNED)
    reason = models.CharField(max_length=30, blank=True, db_default="", help_text="a code of reasons.py")
    reply = models.TextField(blank=True, db_default="", help_text="the provider's words, contact values taken out")
    provider_id = models.TextField(blank=True, db_default="", help_text="the provider's number of it")
    simulated = models.BooleanField(db_default=False, help_text="sent to a simulator, so nobody got it")
    attempts = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now(), help_text="not before: retries, quiet hours")
    planned_at = models.DateTimeField(db_default=Now())
    sender = models.CharField(max_length=40, blank=True, db_default="")
    leased_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True, help_text="when its sender began to hand it over")
    counted_at = models.DateTimeField(null=True, help_text="when it passed the frequency cap: counts from then")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True, help_text="by a receipt, where the channel has them")
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="planned"), name="message_due"),
            models.Index(fields=["leased_until"], condition=models.Q(state="sending"), name="message_leased"),
            models.Index(fields=["customer", "-planned_at"]),
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["template", "-id"]),
            models.Index(fields=["rule_id", "-id"]),
        ]

    @property
    def bounced_later(self) -> bool:
        return self.state == self.State.BOUNCED and self.sent_at is not None


class WebhookCall(models.Model):
    """A webhook to be called for a rule entry, signed as Standard Webhooks; retried with backoff.

    `host` is what the limit per destination counts. `secret` is sealed for the purpose "webhook".
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("待调用")
        SENDING = "sending", _("调用中")
        SENT = "sent", _("成功")
        FAILED = "failed", _("失败")
        REFUSED = "refused", _("被拒绝")  # an address we must not call

    send_key = models.TextField(unique=True)
    entry = models.ForeignKey(RuleEntry, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    rule_id = models.BigIntegerField(null=True)
    url = models.TextField()
    host = models.CharField(max_length=260)
    secret = models.BinaryField(help_text="encrypted under the master key")
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State, db_default=State.PLANNED)
    attempts = models.SmallIntegerField(db_default=0)
    status = models.SmallIntegerField(null=True)
    reason = models.TextField(blank=True, db_default="")
    due_at = models.DateTimeField(db_default=Now())
    planned_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="planned"), name="webhook_due"),
            models.Index(fields=["host"], condition=models.Q(state__in=["planned", "sending"]), name="webhook_open"),
            models.Index(fields=["state", "-id"]),
        ]


class Account(models.Model):
    """Our account with the provider of a channel: what its `fields` ask, secrets sealed; one a channel.

    `inbound_key` is in the address that the provider calls, and is known to nobody else. A provider that refuses the
    account pauses it, with its words, until somebody goes on.
    """

    class Mode(models.TextChoices):
        SIMULATOR = "simulator", _("模拟")
        LIVE = "live", _("正式")

    channel = models.CharField(max_length=20, unique=True)
    mode = models.CharField(_("方式"), max_length=10, choices=Mode, db_default=Mode.SIMULATOR)
    given = models.JSONField(default=dict, help_text="what isn't secret, by field")
    secrets = models.BinaryField(help_text="the rest, as JSON, encrypted under the master key")
    inbound_key = models.CharField(max_length=64, unique=True)
    paused_at = models.DateTimeField(null=True)
    paused_why = models.TextField(blank=True, db_default="", help_text="the provider's words")
    updated_at = models.DateTimeField(db_default=Now())


class InboundSeen(models.Model):
    """What a provider told us once, by its own number of it, so that a repeat is nothing new."""

    channel = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="inbound_once")]


class DeliverySettings(models.Model):
    """Who we write as, and how often and when we may. One row, id 1 (see queries.delivery_settings)."""

    sender_name = models.CharField(_("发件人名称"), max_length=80, db_default="知己小店")
    sender_address = models.EmailField(_("发件地址"), db_default="hello@shop.example")
    reply_to = models.EmailField(_("回复地址"), blank=True, db_default="", help_text=_("留空则回复到发件地址"))
    shop_name = models.CharField(_("店铺名称"), max_length=80, db_default="知己小店")
    shop_url = models.URLField(_("店铺网址"), blank=True, db_default="")
    postal = models.CharField(
        _("联系地址"), max_length=200, blank=True, db_default="", help_text=_("显示在每封邮件的末尾")
    )
    cap_per_day = models.SmallIntegerField(_("每 24 小时最多"), db_default=1)
    cap_per_week = models.SmallIntegerField(_("每 7 天最多"), db_default=3)
    quiet_from = models.TimeField(_("免打扰开始"), default=time(21), db_default=time(21))
    quiet_until = models.TimeField(_("免打扰结束"), default=time(9), db_default=time(9))
    max_attempts = models.SmallIntegerField(_("暂时失败时最多尝试"), db_default=8)
    updated_at = models.DateTimeField(db_default=Now())

    @property
    def quiet_hours(self) -> tuple[time, time]:
        """From and until."""
        return self.quiet_from, self.quiet_until


class ReceivedMail(models.Model):
    """A mail in the demo's mailbox: what our own mail server received. Repeats of a Message-ID are dropped.

    Only the demo fills it, with mail to invented people; nothing leaves the machine.
    """

    message_id = models.TextField(unique=True)
    envelope_from = models.TextField()
    envelope_to = models.TextField()
    subject = models.TextField(blank=True, db_default="")
    raw = models.BinaryField()
    repeats = models.IntegerField(db_default=0, help_text="how often the same Message-ID came again")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["envelope_to", "-id"])]
