"""Read and make custom fields."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema, Status
from ninja.errors import HttpError

from zhiji.access.tokens import scoped
from zhiji.kernel.shapes import Given, Problem
from zhiji.records import actions
from zhiji.records.models import CustomField
from zhiji.records.queries import declared, hidden_from
from zhiji.records.types import every

router = Router()
REFUSED = {403: Problem, 404: Problem, 422: Problem}
Key = Annotated[str, Path(max_length=100, description="a field's key")]
Roles = list[str]


class ChoiceShape(Given):
    value: str = Field(max_length=80)
    label: str = Field("", max_length=80, description="what people read; the value, where it is left out")


class FieldOut(Schema):
    key: str
    label: str
    type: str
    choices: list[ChoiceShape]
    section: str
    required: bool
    unique: bool
    sensitive: bool
    readers: Roles
    writers: Roles
    archived: bool
    operators: list[str] = Field(description="of conditions")
    value: dict[str, Any] = Field(description="a value as JSON schema")

    @staticmethod
    def resolve_choices(one: CustomField) -> list[dict[str, str]]:
        return [{"value": value, "label": label} for value, label in one.choices]

    @staticmethod
    def resolve_archived(one: CustomField) -> bool:
        return one.archived_at is not None

    @staticmethod
    def resolve_value(one: CustomField) -> dict[str, Any]:
        listed = {"enum": [value for value, _label in one.choices]} if one.choices else {}
        schema = dict(one.kind.schema)
        return schema | {"items": schema["items"] | listed} if "items" in schema else schema | listed


class FieldChanges(Given):
    """What to change; what is left out stays. What customers have stays in any case."""

    label: str | None = Field(None, max_length=40)
    choices: list[ChoiceShape] | None = Field(None, max_length=200)
    section: str | None = Field(None, max_length=40)
    required: bool | None = None
    unique: bool | None = None
    readers: Roles | None = Field(None, description="roles; administrators always may")
    writers: Roles | None = Field(None, description="roles; administrators always may")
    archived: bool | None = None


class FieldIn(FieldChanges):
    label: str = Field(max_length=40)
    type: str = Field(max_length=20, description=", ".join(every()))
    key: str = Field("", max_length=100, description="the label, where it is left out; it can't be changed later")
    sensitive: bool = Field(False, description="kept under each customer's own key and shown masked, for good")


@router.get("/fields", response={200: list[FieldOut], 403: Problem})
def fields(request: HttpRequest) -> list[CustomField]:
    """The custom fields of customers that the token's user may read, archived ones too, in their order."""
    user = scoped(request, "customers:read")
    known = declared()
    hidden = hidden_from(user, known)
    return [one for one in known.values() if one.key not in hidden]


@router.post("/fields", response={201: FieldOut, **REFUSED})
def create(request: HttpRequest, given: FieldIn) -> Status[Any]:
    """Make a field, last in the order; values that customers have under its key are its values from now on."""
    user = scoped(request, "settings:write")
    parts = _parts(given)
    parts.pop("archived", None)
    return Status(201, actions.create_field(by=user, **parts))


@router.patch("/fields/{key}", response={200: FieldOut, **REFUSED})
def change(request: HttpRequest, key: Key, changes: FieldChanges) -> CustomField:
    """Change, archive or restore a field."""
    user = scoped(request, "settings:write")
    field = declared().get(key)
    if field is None:
        raise HttpError(404, f"no field {key}")
    parts = _parts(changes)
    archived = parts.pop("archived", None)
    if parts:
        actions.edit_field(by=user, field=field, **parts)
    if archived is not None:
        (actions.archive_field if archived else actions.restore_field)(by=user, field=field)
    return declared()[key]


def _parts(given: FieldChanges) -> dict[str, Any]:
    parts = {name: value for name, value in given.model_dump(exclude_unset=True).items() if value is not None}
    if "choices" in parts:
        parts["choices"] = [(one["value"], one.get("label", "")) for one in parts["choices"]]
    return parts
