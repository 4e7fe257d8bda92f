"""The fields that a workspace adds to what is known of customers."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from zhiji.access.models import Role, User
from zhiji.access.personal import about
from zhiji.access.sealing import private
from zhiji.kernel.given import Unfit
from zhiji.kernel.values import Refusal
from zhiji.records.types import every
from zhiji.records.valuetype import Asked, ValueType

HELD: tuple[str, ...] = ("empty", "not_empty")


class WrongValue(Unfit):
    """A value isn't of its field's type: `path` names the field, the message its label and what would do."""

    def __init__(self, field: "CustomField", reason: Refusal) -> None:
        super().__init__(field.path, reason.reason)
        self.label = field.label

    def __str__(self) -> str:
        return f"{self.label}：{self.reason}"


class CustomField(models.Model):
    """A field of customers. Values lie in the portraits under `key`, told by facts as `attributes.<key>`.

    An archived field is asked and shown nowhere; its values stay. Administrators read and write every field.
    """

    key = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=40)
    type = models.CharField(max_length=20)
    choices = models.JSONField(default=list, help_text="[value, label] each")
    section = models.CharField(max_length=40, blank=True, default="")
    required = models.BooleanField(default=False)
    unique = models.BooleanField(default=False)
    sensitive = models.BooleanField(default=False)
    readers = models.JSONField(default=list, help_text="roles")
    writers = models.JSONField(default=list, help_text="roles")
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["label"], condition=Q(archived_at=None), name="field_label_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def path(self) -> str:
        """How facts, forms, files and conditions name it."""
        return f"attributes.{self.key}"

    @property
    def kind(self) -> ValueType:
        return every()[self.type]

    @property
    def choices_known(self) -> list[tuple[str, str]]:
        return [(value, label) for value, label in self.choices]

    @property
    def apart(self) -> bool:
        """Whether values are kept under each customer's own key, so that nothing compares them."""
        return self.sensitive or self.kind.apart or bool(about(self.key).kind)

    @property
    def operators(self) -> tuple[str, ...]:
        return HELD if self.apart else self.kind.operators

    @property
    def asked(self) -> Asked:
        return "held" if self.apart else self.kind.asked

    def lists(self, text: str) -> bool:
        """Whether it is one of the choices, as written: then no word for nothing."""
        return any(text in pair for pair in self.choices)

    def read(self, value: Any) -> Any | Refusal:
        """The value as it is kept, of a form's, a file's or a program's; None where it says nothing."""
        found = self.kind.parse(value, self)
        if found is None or isinstance(found, Refusal) or not self.sensitive:
            return found
        return private(self.kind.written(found, self))

    def control(self, *, required: bool = False) -> forms.Field:
        """A form's field for it; a sensitive value, which comes masked, is typed anew as text."""
        made = forms.CharField(max_length=400) if self.sensitive else self.kind.control(self)
        made.label, made.required = self.label, required
        return made

    def shown(self, value: Any) -> str:
        """A value on screens; a sealed one comes masked or in clear."""
        return str(value) if self.sensitive else self.kind.shown(value, self)

    def written(self, value: Any) -> str:
        """A value in files."""
        return str(value) if self.sensitive else self.kind.written(value, self)

    def readable_by(self, user: User) -> bool:
        return user.role == Role.ADMINISTRATOR or user.role in self.readers

    def writable_by(self, user: User) -> bool:
        """Who writes a field also reads it."""
        return self.readable_by(user) and (user.role == Role.ADMINISTRATOR or user.role in self.writers)


class SavedView(models.Model):
    """A list worth keeping: of which kind, its filters, sort and columns. Without a user it is everybody's."""

    kind = models.CharField(max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=40)
    query = models.TextField(help_text="the list's address after the question mark")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "user", "name"], name="saved_view_once", nulls_distinct=False)
        ]


class Deed(models.Model):
    """What one act did to many records, so that it can be taken back: of each its key, and the columns that the act
    touches as they were before and are after.
    """

    kind = models.CharField(max_length=60)
    act = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    changes = models.JSONField(help_text="[key, before, after] each")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
