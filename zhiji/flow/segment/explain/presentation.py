"""How changes and reasons read on the screen."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.profile.timeline import label
from zhiji.flow.segment.explain.recall import Log, hush
from zhiji.kernel import clock
from zhiji.kernel.facts import fact_types
from zhiji.kernel.models import Fact


def cause(name: str) -> str:
    """Why a membership changed, in a word."""
    return {
        "fact": _("新行为"),
        "window": _("时间窗口移动"),
        "day": _("日期到来"),
        "attribute": _("资料变更"),
        "merge": _("客户合并或拆分"),
        "definition": _("定义更新"),
        "build": _("全量计算"),
    }.get(name, name)


def reasons(why: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leaf reasons with the sentence of the reader's language and the value as text."""
    chinese = (get_language() or "zh").startswith("zh")
    return [
        {
            "sentence": one.get("sentence") if chinese else one.get("sentence_en") or one.get("sentence"),
            "value": shown_value(one.get("value")),
            "holds": one.get("holds"),
        }
        for one in why
    ]


def shown_value(value: Any) -> str:
    if value is None:
        return _("无")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, str) and "T" in value and value[:4].isdigit():
        return value[:16].replace("T", " ")
    return str(value)


def changes(rows: Sequence[Log], user: User) -> list[dict[str, Any]]:
    """Lines of the log, with the facts that decided, as `user` may know them."""
    hush(rows, user)
    facts = deciding(rows)
    return [{**change(one), "facts": [facts[id_] for id_ in one.facts if id_ in facts]} for one in rows]


def deciding(rows: Iterable[Log]) -> dict[int, str]:
    """The facts that decided lines of the log, by id: what happened, and when."""
    wanted, declared = {id_ for one in rows for id_ in one.facts}, fact_types()
    found = Fact.objects.filter(pk__in=wanted).values_list("pk", "name", "occurred_at") if wanted else ()
    return {pk: f"{label(name, declared)} {at.astimezone(clock.zone()):%m-%d %H:%M}" for pk, name, at in found}


def change(one: Log) -> dict[str, Any]:
    """A line of the log."""
    if one.segment is not None:
        text = (_("进入“%(name)s”") if one.entered else _("离开“%(name)s”")) % {"name": one.segment.name}
        colour = "green" if one.entered else "orange"
    else:
        names = {
            "scheme": one.scheme.name if one.scheme else "",
            "from": one.from_class.name if one.from_class else _("无"),
            "to": one.to_class.name if one.to_class else _("无"),
        }
        text = _("%(scheme)s：%(from)s → %(to)s") % names
        colour = one.to_class.colour if one.to_class else "gray"
    return {
        "row": one,
        "text": text,
        "colour": colour,
        "cause": cause(one.cause),
        "reasons": reasons(one.why),
        "at": one.at,
        "customer_id": one.customer_id,
    }
