"""Fields are made, changed, put in order, archived and brought back. Key, type and sensitivity stay as made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import Role, User
from zhiji.access.personal import about, holds_any
from zhiji.access.roles import require
from zhiji.kernel import clock
from zhiji.kernel.given import Unfit
from zhiji.kernel.listing import listed
from zhiji.kernel.registry import offered
from zhiji.records.models import CustomField
from zhiji.records.naming import RESERVED, misnamed
from zhiji.records.queries import at_work, declared
from zhiji.records.store import Store
from zhiji.records.types import every

MOST, MOST_CHOICES, LONGEST_CHOICE = 200, 200, 80
COMPARED_ONCE = ("text", "number", "date")
TEXTS = ("text", "long_text", "phone", "email")


class BadField(Unfit):
    """The field can't be so: `path` is the part that is wrong, the message says what would do."""

    def __str__(self) -> str:
        return self.reason


def create_field(
    *, by: User | None, label: str, type: str, key: str = "", sensitive: bool = False, **rest: Any
) -> CustomField:
    """Make a field, last in the order; values that customers have under its key are its values from now on.

    `rest` as edit_field takes it. Raises Forbidden, BadField.
    """
    require(by, "settings:write")
    label = " ".join(label.split())
    field = CustomField(key=key.strip() or label, type=type, sensitive=sensitive)
    if type not in every():
        raise BadField(
            "type", _("没有“%(type)s”这种类型；可用的有 %(known)s") % {"type": type, "known": listed(every())}
        )
    _check_key(field)
    if len(declared()) >= MOST:
        raise BadField("label", _("最多 %(most)s 个字段，归档的也算") % {"most": MOST})
    field.position = (CustomField.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    field.readers = field.writers = list(Role.values)
    with transaction.atomic():
        _put_on(field, {"label": label, **rest})
        _save(field)
        audit("field created", field, by=by, label=field.label, key=field.key, type=field.type)
    return field


def edit_field(*, by: User | None, field: CustomField, **parts: Any) -> CustomField:
    """Change `label`, `choices` ((value, label) each), `section`, `required`, `unique`, `readers` or `writers` (roles).

    What customers have stays, also a choice that is offered no more. Raises Forbidden, BadField.
    """
    require(by, "settings:write")
    with transaction.atomic():
        field = CustomField.objects.select_for_update().get(pk=field.pk)
        if changed := _put_on(field, parts):
            _save(field)
            audit("field edited", field, by=by, **changed)
    return field


@transaction.atomic
def move_field(*, by: User | None, field: CustomField, up: bool) -> None:
    """Change places with the one before it, or after it."""
    require(by, "settings:write")
    locked = CustomField.objects.select_for_update().order_by("id")
    order = sorted(at_work(locked), key=lambda one: (one.position, one.pk))  # as it is once we have the locks
    here = next((place for place, one in enumerate(order) if one.pk == field.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for place, one in enumerate(order):
        one.position = place
    CustomField.objects.bulk_update(order, ["position"])
    audit("field moved", field, by=by, label=field.label, to=there + 1)


@transaction.atomic
def archive_field(*, by: User | None, field: CustomField) -> None:
    """Ask and show it nowhere any more; what customers have stays."""
    require(by, "settings:write")
    if CustomField.objects.filter(pk=field.pk, archived_at=None).update(archived_at=clock.now()):
        audit("field archived", field, by=by, label=field.label)


@transaction.atomic
def restore_field(*, by: User | None, field: CustomField) -> None:
    """Bring an archived field back. Raises BadField where another has its label now."""
    require(by, "settings:write")
    if CustomField.objects.filter(label=field.label, archived_at=None).exclude(pk=field.pk).exists():
        raise BadField("label", _("已有叫“%(label)s”的字段；请先给其中一个改名") % {"label": field.label})
    if CustomField.objects.filter(pk=field.pk).exclude(archived_at=None).update(archived_at=None):
        audit("field restored", field, by=by, label=field.label)


def _check_key(field: CustomField) -> None:
    key, kind = field.key, about(field.key).kind
    if unfit := misnamed(key):
        raise BadField("key", str(unfit))
    if key.lower() in RESERVED:
        raise BadField("key", _("“%(key)s”是客户本来就有的资料，请换一个名称") % {"key": key})
    if holds_any(key):
        raise BadField("key", _("名称里不能有电话、邮箱、证件号或卡号"))
    if kind and field.type not in TEXTS:
        raise BadField("key", _("这个名称像联系方式或证件，值会加密保存；请换一个名称，或选择文字、电话、邮箱类型"))
    if field.sensitive and any(store.holds(key) for store in offered(Store)):
        raise BadField("sensitive", _("已有客户存着“%(key)s”的明文，不能改为加密；请换一个名称") % {"key": key})


def _save(field: CustomField) -> None:
    """Key and label are each one field's, whoever of two was first. Raises BadField."""
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError:
        raise BadField("label", _("已有叫“%(label)s”的字段；请换一个名称") % {"label": field.label}) from None


def _put_on(field: CustomField, parts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Put the parts on and hold the whole against the rules. Returns [before, after] of what became another."""
    before = {name: getattr(field, name) for name in parts}
    for name, value in parts.items():
        setattr(field, name, _READ[name](value))
    _check(field, once=field.unique and (field.pk is None or not before.get("unique", True)))
    after = {name: getattr(field, name) for name in parts}
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def _check(field: CustomField, *, once: bool) -> None:
    if unfit := misnamed(field.label):
        raise BadField("label", str(unfit))
    if len(field.label) > 40 or len(field.section) > 40:
        raise BadField("label" if len(field.label) > 40 else "section", _("最多 40 个字"))
    if field.kind.chosen and not field.choices:
        raise BadField("choices", _("请列出可选的值，一行一个"))
    if not field.kind.chosen and field.choices:
        raise BadField("choices", _("只有单选和多选才列出可选的值"))
    if field.unique and (field.apart or field.kind.chosen or field.kind.compared not in COMPARED_ONCE):
        raise BadField("unique", _("加密保存的字段，以及单选、多选、是否、时间，不能要求不重复"))
    if once and any(store.doubled(field.key) for store in offered(Store)):
        raise BadField("unique", _("已有客户的“%(label)s”相同；请先改掉重复的，再要求不重复") % {"label": field.label})


def _line(text: str) -> str:
    return " ".join(str(text).split())


def _choices(given: Iterable[Sequence[str]]) -> list[list[str]]:
    """Each value and label once. Raises BadField."""
    found = [[_line(value), _line(label) or _line(value)] for value, label in given if _line(value)]
    if len(found) > MOST_CHOICES:
        raise BadField("choices", _("最多 %(most)s 个可选的值") % {"most": MOST_CHOICES})
    for one in found:
        if max(map(len, one)) > LONGEST_CHOICE:
            words = {"value": one[0][:10], "most": LONGEST_CHOICE}
            raise BadField("choices", _("“%(value)s…”太长，最多 %(most)s 个字") % words)
        if any(map(holds_any, one)):
            raise BadField("choices", _("可选的值里不能有电话、邮箱、证件号或卡号"))
    for place in (0, 1):
        words_ = [one[place].casefold() for one in found]
        if twice := next((one[place] for one in found if words_.count(one[place].casefold()) > 1), None):
            raise BadField("choices", _("“%(value)s”写了两次，请只留一个") % {"value": twice})
    return found


def _roles(given: Iterable[str]) -> list[str]:
    """Roles, administrators always among them. Raises BadField."""
    wanted = {*given, Role.ADMINISTRATOR.value}
    if unknown := wanted - set(Role.values):
        raise BadField("readers", _("没有这个角色：%(role)s") % {"role": min(unknown)})
    return [role for role in Role.values if role in wanted]


_READ: dict[str, Any] = {
    "label": _line,
    "section": _line,
    "choices": _choices,
    "required": bool,
    "unique": bool,
    "readers": _roles,
    "writers": _roles,
}
