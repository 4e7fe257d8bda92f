"""One act on many records, and its undoing: what each was is kept, and comes back where nothing has changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import TextField
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import Role, User
from zhiji.access.roles import Forbidden, require
from zhiji.kernel import clock
from zhiji.kernel.listing import one_after_another
from zhiji.records.kind import Act, RecordKind
from zhiji.records.models import Deed

UNDONE_WITHIN = timedelta(days=1)
KEPT = timedelta(days=30)


class TooLate(ValueError):
    """It can't be taken back any more; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """How many records an act changed, and how many it left as they are: they didn't fit, or have changed since.

    `deed` is what can be taken back; None where nothing changed or there is no way back.
    """

    changed: int
    left: int
    deed: Deed | None = None


class Misfit(ValueError):
    """What an act was told won't do; the message says of each value what would."""


def told(act: Act, by: User, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an act is told by a form or a program, read. Raises Misfit."""
    if act.form is None:
        return {}
    # As a browser sends it: True or 1.5 from a program would otherwise be taken for the record with the number 1.
    form = act.form(by)(given if isinstance(given, QueryDict) else {name: str(one) for name, one in given.items()})
    if not form.is_valid():
        wrong = ((form.fields[name].label or name, why) for name, why in form.errors.items())
        raise Misfit(
            one_after_another(
                _("%(label)s：%(why)s") % {"label": label, "why": " ".join(map(str, why))} for label, why in wrong
            )
        )
    return form.cleaned_data


@transaction.atomic
def act_on(kind: RecordKind, act: Act, *, ids: Iterable[int], values: Mapping[str, Any], by: User) -> Outcome:
    """Do `act` to those of these records that `by` may see. Raises Forbidden, ValueError with what to do."""
    require(by, kind.reads)
    require(by, act.permission)
    wanted = {*ids}
    rows = _locked(kind, by, wanted)
    fit = [row for row in rows if act.fits(row)]
    before = {row.pk: _state(row, act) for row in fit}
    changed = [row.pk for row in act.run(fit, values, by)] if fit else []
    if not changed or act.back is None:
        return Outcome(len(changed), len(wanted) - len(changed))
    after = {row.pk: _after(row, act) for row in kind.model._default_manager.filter(pk__in=changed)}
    changes = [[pk, before[pk], after[pk]] for pk in sorted(after)]
    now = clock.now()
    Deed.objects.filter(at__lt=now - KEPT).delete()
    deed = Deed.objects.create(kind=kind.key, act=act.key, by=by, at=now, changes=changes)
    return Outcome(len(changed), len(wanted) - len(changed), deed)


@transaction.atomic
def take_back(kind: RecordKind, deed: Deed, *, by: User) -> Outcome:
    """Give the records of a deed their former values, but for those that changed since. Raises Forbidden, TooLate."""
    held = Deed.objects.select_for_update(of=("self",)).get(pk=deed.pk)
    act = kind.act(held.act)
    if held.by_id != by.pk and by.role != Role.ADMINISTRATOR:
        raise Forbidden(_("这是别人做的，请他自己或管理员来撤销。"))
    if act is None or act.back is None:
        raise TooLate(_("这件事不能撤销。"))
    require(by, act.permission)
    if held.undone_at is not None:
        raise TooLate(_("已经撤销过了。"))
    if held.at < clock.now() - UNDONE_WITHIN:
        raise TooLate(_("撤销只在一天内有效。"))
    told = {pk: (before, after) for pk, before, after in held.changes}
    rows = [row for row in _locked(kind, by, told, act.hides) if _after(row, act) == told[row.pk][1]]
    for row in rows:
        for name, value in told[row.pk][0].items():
            setattr(row, name, row._meta.get_field(name).to_python(value))
    changed = len(act.back(rows, by)) if rows else 0
    held.undone_at, held.undone_by = clock.now(), by
    held.save(update_fields=["undone_at", "undone_by"])
    audit("deed undone", held, by=by, kind=held.kind, act=held.act, rows=changed)
    return Outcome(changed, len(told) - changed)


def _locked(kind: RecordKind, by: User, ids: Iterable[int], hidden: bool = False) -> Sequence[Any]:
    """Those of these records that `by` may see, or all if `hidden`, locked in order, as they are once the locks are
    there."""
    every = kind.model._default_manager.all() if hidden else kind.rows(by)
    seen = every.select_related(None).filter(pk__in=[*ids]).select_for_update(of=("self",)).order_by("pk")
    return list(every.filter(pk__in=[*seen.values_list("pk", flat=True)]).order_by("pk"))


def _state(row: Any, act: Act) -> dict[str, Any]:
    """The columns that the act touches, as JSON keeps them."""
    found: dict[str, Any] = {}
    for name in act.touches:
        field = row._meta.get_field(name)
        value = getattr(row, field.attname)
        found[field.attname] = value.isoformat() if isinstance(value, date) else _plain(value)
    return found


def _after(row: Any, act: Act) -> dict[str, Any]:
    """The state that undoing compares with. Of words that somebody wrote only a digest: they may be about a person, and
    nothing would forget them here."""
    written = {one.attname for one in row._meta.fields if isinstance(one, TextField)}
    return {
        name: salted_hmac("zhiji.records.deed", value, algorithm="sha256").hexdigest()
        if name in written and value
        else value
        for name, value in _state(row, act).items()
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)
