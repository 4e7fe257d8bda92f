"""Who may do what, and what was done."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("管理员")
    MANAGER = "manager", _("经理")
    MARKETER = "marketer", _("运营")
    SALES = "sales", _("销售")
    SERVICE = "service", _("客服")
    ANALYST = "analyst", _("分析师")


class User(AbstractUser):
    """A person who works here. One role decides what is seen and done (see roles.py)."""

    role = models.CharField(_("角色"), max_length=20, choices=Role, default=Role.SALES)
    display_name = models.CharField(_("姓名"), max_length=60, blank=True)
    regions = models.JSONField(_("负责地区"), default=list, help_text=_("按地区分配客户时使用"))
    must_change_password = models.BooleanField(default=False, help_text="has an initial password")
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=5, blank=True)

    def __str__(self) -> str:
        return self.display_name or self.username


class ApiToken(models.Model):
    """A bearer token of a user: the digest only; the token itself is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="such as customers:read")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class AuditLine(models.Model):
    """One change: who did what to what, when, with the values before and after."""

    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60)
    detail = models.JSONField(db_default={})

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_of_object"),
            models.Index(fields=["user", "-id"], name="audit_of_user"),
            models.Index(fields=["verb", "-id"], name="audit_of_verb"),
        ]


class CustomerKey(models.Model):
    """The key that encrypts one customer's contact values, wrapped by the master key. Deleting it erases them."""

    customer_id = models.BigIntegerField(primary_key=True)
    wrapped = models.BinaryField()


class MasterMark(models.Model):
    """One row: what the master key makes of a known text, so that no other key is taken for it."""

    mark = models.BinaryField()


class Remembered(models.Model):
    """The table of Django's cache, which all processes share: counters of sign-in attempts, no more."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_cache"
