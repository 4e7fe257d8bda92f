"""Linkage rules and their entries by API, over the same queries and actions as the pages."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from zhiji.access.models import User
from zhiji.access.tokens import scoped
from zhiji.flow.act import actions, queries
from zhiji.flow.act.actions import definition_of
from zhiji.flow.act.models import Rule, RuleEntry, StepRun
from zhiji.flow.act.sentence import told
from zhiji.flow.act.triggers import Names, names
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment.live.up_to import UpTo, up_to
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["rules"])
Key = Annotated[str, Field(max_length=50)]
EMPTIED = ("audience", "reentry_days", "grace_hours")
"""What may be set to null."""


class RuleOut(Schema):
    """`sentence` says what happens; `reentry_days` null: once ever, 0: each time; `grace_hours`: how late an occasion
    may be found and still count, null however late; counts are of thirty days. `behind` says why the segments or
    classes that it looks at aren't kept up, as long as they aren't."""

    key: str
    name: str
    description: str
    enabled_at: datetime | None
    archived_at: datetime | None
    version: int
    trigger: dict[str, Any]
    audience: dict[str, Any] | None
    steps: list[dict[str, Any]]
    holdout: Decimal
    reentry_days: int | None
    grace_hours: int | None
    goal: dict[str, Any]
    sentence: str
    trouble: str
    behind: str
    entered: int
    held_out: int
    failed: int
    last_entry_at: datetime | None


class Rules(Schema):
    rows: list[RuleOut]


class RuleIn(Given):
    """`trigger`, `audience` and `steps` are JSON trees as the pages keep them; what won't do is refused with advice."""

    name: str = Field(max_length=80)
    trigger: dict[str, Any]
    steps: list[dict[str, Any]] = Field(max_length=50)
    key: str = Field("", max_length=50)
    description: str = Field("", max_length=2000)
    audience: dict[str, Any] | None = None
    holdout: Decimal = Field(Decimal("0.1"), ge=0, le=Decimal("0.5"))
    reentry_days: int | None = Field(None, ge=0, le=3650)
    grace_hours: int | None = Field(None, ge=0, le=8760)
    goal: dict[str, Any] | None = None


class RuleChange(Given):
    """Only what is given changes. `expected_version` refuses when somebody saved meanwhile."""

    name: str | None = Field(None, max_length=80)
    trigger: dict[str, Any] | None = None
    steps: list[dict[str, Any]] | None = Field(None, max_length=50)
    description: str | None = Field(None, max_length=2000)
    audience: dict[str, Any] | None = None
    holdout: Decimal | None = Field(None, ge=0, le=Decimal("0.5"))
    reentry_days: int | None = Field(None, ge=0, le=3650)
    grace_hours: int | None = Field(None, ge=0, le=8760)
    goal: dict[str, Any] | None = None
    expected_version: int | None = None


class Switched(Schema):
    enabled_at: datetime | None
    stopped: int = 0


class RunOut(Schema):
    position: int
    kind: str
    state: str
    detail: dict[str, Any]
    at: datetime


class EntryOut(Schema):
    """`customer_id` is the root's now; `why` what fired, with its values."""

    id: int
    customer_id: int
    version: int
    occasion: str
    entered_at: datetime
    state: str
    next_step: int
    why: dict[str, Any]
    steps: list[RunOut]


class Entries(Schema):
    rows: list[EntryOut]
    next: str
    previous: str


@router.get("/rules", response=Rules, operation_id="list_rules")
def list_rules(request: HttpRequest, archived: bool = False) -> dict[str, Any]:
    """Every rule, in the order they were made."""
    user = scoped(request, "rules:read")
    found, known, now = list(queries.rules(archived=archived)), names(), up_to()
    figures = queries.figures([rule.pk for rule in found], clock.now(), only_owner(user))
    return {"rows": [_rule(rule, known, figures[rule.pk], now) for rule in found]}


@router.post("/rules", response={201: RuleOut, 422: Problem}, operation_id="create_rule")
def create_rule(request: HttpRequest, body: RuleIn) -> Any:
    """Make a rule, switched off."""
    by = scoped(request, "rules:write")
    return Status(201, _one(actions.create_rule(by=by, **body.dict()), by))


@router.get("/rules/{key}", response={200: RuleOut, 404: Problem}, operation_id="get_rule")
def get_rule(request: HttpRequest, key: Key) -> dict[str, Any]:
    user = scoped(request, "rules:read")
    return _one(_find(key), user)


@router.patch("/rules/{key}", response={200: RuleOut, 404: Problem, 422: Problem}, operation_id="edit_rule")
def edit_rule(request: HttpRequest, key: Key, body: RuleChange) -> dict[str, Any]:
    """A new version, for customers who enter from now on."""
    by = scoped(request, "rules:write")
    changes = body.dict(exclude_unset=True)
    expected = changes.pop("expected_version", None)
    given = {
        name: value
        for name, value in changes.items()
        if value is not None or name in ("audience", "reentry_days", "grace_hours")
    }
    return _one(actions.edit_rule(_find(key), by=by, expected_version=expected, **given), by)


@router.delete("/rules/{key}", response={204: None, 404: Problem}, operation_id="delete_rule")
def delete_rule(request: HttpRequest, key: Key) -> Any:
    """Gone when nobody ever entered it; else archived, its history kept."""
    by = scoped(request, "rules:write")
    actions.delete_rule(_find(key), by=by)
    return Status(204, None)


@router.post("/rules/{key}/switch", response={200: Switched, 404: Problem, 422: Problem}, operation_id="switch_rule")
def switch_rule(request: HttpRequest, key: Key, to: Literal["on", "off"]) -> dict[str, Any]:
    """On: takes customers in from now. Off: takes nobody in and stops those under way."""
    by, rule = scoped(request, "rules:write"), _find(key)
    if to == "on":
        return {"enabled_at": actions.switch_on(rule, by=by).enabled_at}
    return {"enabled_at": None, "stopped": actions.switch_off(rule, by=by)}


@router.get("/rules/{key}/entries", response={200: Entries, 404: Problem}, operation_id="list_rule_entries")
def list_rule_entries(
    request: HttpRequest,
    key: Key,
    state: Literal["", "running", "done", "held_out", "stopped", "failed", "treated"] = "",
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """Who came in, why, and what each step did, newest first; of customers this user may see."""
    user = scoped(request, "rules:read")
    rule = _find(key)
    secret = queries.secret(rule, user)
    shown = page(queries.entries(user, rule, state=state), order=("-id",), size=size, cursor=cursor)
    runs = queries.runs_of([entry.pk for entry in shown.rows])
    return {
        "rows": [_entry(entry, runs.get(entry.pk, []), secret) for entry in shown.rows],
        "next": shown.next,
        "previous": shown.previous,
    }


def _find(key: str) -> Rule:
    return get_object_or_404(Rule, key=key)


def _one(rule: Rule, user: User) -> dict[str, Any]:
    return _rule(rule, names(), queries.figures([rule.pk], clock.now(), only_owner(user))[rule.pk], up_to())


def _rule(rule: Rule, known: Names, figures: queries.Figures, now: UpTo) -> dict[str, Any]:
    return {
        **definition_of(rule).__dict__,
        "key": rule.key,
        "enabled_at": rule.enabled_at,
        "archived_at": rule.archived_at,
        "version": rule.version,
        "sentence": told(definition_of(rule), known).whole,
        "trouble": rule.trouble,
        "behind": standing.reason if (standing := queries.standing(rule, now)) else "",
        "entered": figures.entered,
        "held_out": figures.held_out,
        "failed": figures.failed,
        "last_entry_at": figures.last_at,
    }


def _entry(entry: RuleEntry, runs: list[StepRun], secret: bool) -> dict[str, Any]:
    kept = ("id", "version", "occasion", "entered_at", "state", "next_step", "why")
    steps = [{name: getattr(run, name) for name in ("position", "kind", "state", "detail", "at")} for run in runs]
    told = {name: getattr(entry, name) for name in kept} | ({"why": {}} if secret else {})
    return {**told, "customer_id": entry.customer.root_id, "steps": steps}
