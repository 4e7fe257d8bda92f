"""Messages and templates by API, over the same queries and actions as the pages."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, File, Path, Query, Router, Schema, UploadedFile
from ninja.errors import HttpError

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.access.tokens import scoped
from zhiji.flow.deliver import actions, queries, reasons
from zhiji.flow.deliver.channel import USUAL, NoSuchChannel, channels
from zhiji.flow.deliver.models import Message, Template
from zhiji.flow.deliver.pictures import PictureRefused
from zhiji.flow.deliver.rehearsal import said
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import keyset
from zhiji.kernel.given import LONGEST
from zhiji.kernel.listing import listed, one_after_another
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["messages"])
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class MessageOut(Schema):
    id: int
    send_key: str
    customer: int
    channel: str
    purpose: str
    template: str | None
    template_version: int | None
    rule: int | None
    subject: str
    simulated: bool = Field(description="sent to a simulator, so nobody got it")
    state: str
    reason: str
    reason_words: str
    attempts: int
    due_at: datetime
    planned_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    bounced_at: datetime | None


class MessagePage(Schema):
    rows: list[MessageOut]
    next: str
    previous: str


class TemplateOut(Schema):
    key: str
    name: str
    channel: str
    purpose: str
    subject: str
    version: int
    updated_at: datetime


class TemplateWhole(TemplateOut):
    html: str
    text: str
    variables: dict[str, str]
    details: dict[str, Any]


Html = Annotated[str, Field(max_length=LONGEST, description="of a mail")]
Text = Annotated[str, Field(max_length=LONGEST, description="of a mail, left empty: made from the HTML")]
Variables = Annotated[dict[str, str], Field(description="what a provider's template is filled in with, by name")]
Details = Annotated[dict[str, str], Field(description="what a provider's template is known by, as its channel has it")]


class TemplateIn(Given):
    """A template with its wording: Jinja's {{ customer.greeting }} and the other variables of the page's editor.

    A mail has a subject and HTML; what other channels need, their page says.
    """

    key: str = Field(max_length=50, pattern=r"^[-a-zA-Z0-9_]+$")
    name: str = Field(min_length=1, max_length=80)
    channel: str = Field(USUAL, max_length=20)
    purpose: Literal["marketing", "service"] = "marketing"
    subject: str = Field("", max_length=200)
    html: Html = ""
    text: Text = ""
    variables: Variables = {}
    details: Details = {}


class TemplateChange(Given):
    """What to change; what is left out stays. A changed wording is a new version."""

    name: str | None = Field(None, min_length=1, max_length=80)
    purpose: Literal["marketing", "service"] | None = None
    subject: str | None = Field(None, min_length=1, max_length=200)
    html: Html | None = None
    text: Text | None = None
    variables: Variables | None = None
    details: Details | None = None


class PictureOut(Schema):
    """`src` is what a template's HTML says: <img src="…" alt="…">; letters get the whole address."""

    src: str
    width: int
    height: int


class Plan(Given):
    """A template, or one's own subject and text. The same `key` again is the same message."""

    customer: int = Field(ge=1, le=2**63 - 1)
    key: str = Field(min_length=1, max_length=200)
    template: str | None = None
    subject: str = Field("", max_length=200)
    text: str = Field("", max_length=20_000)
    purpose: str = "service"


@router.get("/messages", response=MessagePage, operation_id="list_messages")
def list_messages(
    request: HttpRequest,
    state: str = "",
    template: str = "",
    channel: str = "",
    rule: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    customer: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """The ledger, newest first. `cursor` is `next` or `previous` of another page."""
    user = scoped(request, "messages:read")
    if state and state not in Message.State.values:
        raise HttpError(422, _("state 只能是 %(known)s") % {"known": listed(Message.State.values)})
    rows = queries.ledger_page(user, state=state, rule=rule, template=template, customer=customer, channel=channel)
    page = keyset.page(rows, ("-id",), size, cursor)
    return {"rows": [_out(row, user) for row in page.rows], "next": page.next, "previous": page.previous}


@router.get("/messages/{id}", response={200: MessageOut, 404: Problem}, operation_id="get_message")
def get_message(request: HttpRequest, id: Id) -> Any:
    user = scoped(request, "messages:read")
    row = queries.messages_for(user).filter(pk=id).first()
    return _out(row, user) if row else (404, {"detail": _("没有这条触达，或不在您能看到的触达里")})


@router.post("/messages", response={201: MessageOut, 422: Problem, 404: Problem}, operation_id="plan_message")
def plan_message(request: HttpRequest, plan: Plan) -> Any:
    """Plan a message to one customer; consent, cap and quiet hours are asked when it is sent."""
    user = scoped(request, "messages:write")
    template = None
    if plan.template is not None:
        template = Template.objects.filter(key=plan.template, archived_at=None).first()
        if template is None:
            return 404, {"detail": _("没有模板“%(key)s”；可用的见 /templates") % {"key": plan.template}}
    try:
        row = actions.plan(
            by=user,
            customer_id=plan.customer,
            send_key=f"api:{user.pk}:{plan.key}",
            template=template,
            written=None if template else {"subject": plan.subject, "text": plan.text},
            purpose=plan.purpose,
        )
    except ValueError as error:
        return 422, {"detail": str(error)}
    return 201, _out(queries.messages_for(user).get(pk=row.pk), user)


@router.get("/templates", response=list[TemplateOut], operation_id="list_templates")
def list_templates(request: HttpRequest) -> list[Template]:
    scoped(request, "messages:read")
    return list(queries.templates())


@router.get("/templates/{key}", response={200: TemplateWhole, 404: Problem}, operation_id="get_template")
def get_template(request: HttpRequest, key: str) -> Template:
    scoped(request, "messages:read")
    return _template(key)


@router.post("/templates", response={201: TemplateWhole, 422: Problem}, operation_id="create_template")
def create_template(request: HttpRequest, body: TemplateIn) -> Any:
    """Make a template. It is filled in for some customers before it is kept, as on the page."""
    user = scoped(request, "messages:write")
    return 201, _saved(user, body.dict(), anew=True)


@router.patch(
    "/templates/{key}", response={200: TemplateWhole, 404: Problem, 422: Problem}, operation_id="edit_template"
)
def edit_template(request: HttpRequest, key: str, body: TemplateChange) -> Template:
    """A changed wording is a new version, tried on some customers before it is kept."""
    user, row = scoped(request, "messages:write"), _template(key)
    kept = {name: getattr(row, name) for name in TemplateIn.model_fields}
    changes = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    return _saved(user, kept | changes, anew=False)


def _template(key: str) -> Template:
    row = Template.objects.filter(key=key).first() if "\x00" not in key else None
    if row is None:
        raise HttpError(404, _("没有这个模板；可用的见 /templates"))
    return row


def _saved(user: User, given: dict[str, Any], *, anew: bool) -> Template:
    same = {name: given[name].strip() for name in ("key", "name", "purpose", "channel")}
    typed = Wording.typed(given["subject"].strip(), given["html"], given["text"])
    wording = replace(typed, variables=given["variables"], details=given["details"])
    try:
        return actions.save_template(by=user, wording=wording, anew=anew, **same)
    except NoSuchChannel as error:
        told = {"known": listed(one.key for one in channels())}
        raise HttpError(422, _("channel 只能是 %(known)s") % told) from error
    except TemplateRefused as error:
        raise HttpError(422, said(error)) from error
    except ValidationError as error:
        raise HttpError(422, one_after_another(error.messages)) from error


@router.post("/pictures", response={201: PictureOut, 422: Problem}, operation_id="add_picture")
def add_picture(request: HttpRequest, picture: Annotated[UploadedFile, File()]) -> Any:
    """Keep a picture for templates: JPEG, PNG, GIF or WebP up to 5 MB. One that no template shows goes after a day."""
    user = scoped(request, "messages:write")
    try:
        made = actions.add_picture(by=user, body=picture.read())
    except PictureRefused as error:
        return 422, {"detail": str(error)}
    return 201, {"src": made.path, "width": made.width, "height": made.height}


def _out(row: Message, user: User) -> dict[str, Any]:
    same = (
        "id",
        "send_key",
        "channel",
        "purpose",
        "template_version",
        "subject",
        "simulated",
        "state",
        "reason",
        "attempts",
    )
    moments = ("due_at", "planned_at", "sent_at", "delivered_at", "opened_at", "clicked_at", "bounced_at")
    return {
        **{name: masked(getattr(row, name), user) for name in (*same, "attempts", *moments)},
        "customer": row.customer.root_id,
        "template": row.template.key if row.template else None,
        "rule": row.rule_id,
        "reason_words": reasons.words(row),
    }
