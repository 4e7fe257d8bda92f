"""What a run log says of an entry: why it came in, and what each step did."""

from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.triggers import Names
from zhiji.kernel.listing import one_after_another

COLOURS = {
    "running": "blue", "done": "green", "held_out": "purple", "stopped": "gray", "failed": "red",
    "skipped": "yellow", "waiting": "blue",
}  # fmt: skip


def state_words() -> dict[str, str]:
    """Words for the states of entries and of steps."""
    return {
        "running": pgettext("entry", "进行中"),
        "done": pgettext("entry", "完成"),
        "held_out": _("对照组"),
        "stopped": _("已停"),
        "failed": pgettext("entry", "失败"),
        "skipped": _("跳过"),
        "waiting": _("等待"),
    }


def why(entry: RuleEntry, names: Names) -> str:
    """“从 中 变为 高：近 90 天订单金额 2,300 ≥ 2,000”, from what the entry kept."""
    kept: dict[str, Any] = entry.why
    if not kept:  # with the customer's data
        return _("起因已随客户的数据抹除")
    if entry.occasion.startswith("class:"):
        scheme = entry.occasion.split(":")[1]
        before, after = kept.get("from"), kept.get("to")
        told = _("%(scheme)s：%(before)s → %(after)s") % {
            "scheme": names.scheme(scheme),
            "before": names.scheme_class(scheme, before) if before else "–",
            "after": names.scheme_class(scheme, str(after)),
        }
    elif entry.occasion.startswith("segment:"):
        way = _("进入客群「%(name)s」") if kept.get("way") == "entered" else _("离开客群「%(name)s」")
        told = way % {"name": names.segment(str(kept.get("segment")))}
    elif entry.occasion.startswith("absence:"):
        told = _("「%(after)s」后 %(days)s 天没有「%(without)s」") % {
            "after": names.fact(str(kept.get("after"))),
            "days": kept.get("days"),
            "without": names.fact(str(kept.get("without"))),
        }
    elif entry.occasion.startswith("date:"):
        told = _("%(date)s 的日子到了") % {"date": kept.get("date")}
        if kept.get("calendar") == "lunar":
            told = _("农历日子到了（公历 %(date)s）") % {"date": kept.get("date")}
    else:
        told = _("发生「%(fact)s」") % {"fact": names.fact(str(kept.get("fact")))}
    return told


def because(entry: RuleEntry) -> str:
    """The deciding values of a class or segment change, for a hover."""
    leaves = entry.why.get("because") or []
    english = (get_language() or "").startswith("en")
    told = [
        (leaf.get("sentence_en") if english else "") or leaf.get("sentence")
        for leaf in leaves
        if isinstance(leaf, dict)
    ]
    said = [str(one or "") for one in told]
    return one_after_another(part for part in said if part)


def detail_words(detail: dict[str, Any]) -> str:
    """A step run's detail in a few words."""
    if "reason" in detail:
        return _(str(detail["reason"]) or "–")
    return " · ".join(
        str(detail[name])
        for name in ("owner", "tag", "coupon", "due_on", "subject", "message", "url")
        if detail.get(name)
    )
