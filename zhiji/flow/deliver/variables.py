"""What a template is filled in with: plain data of a customer, gathered for many at once.

Other apps offer more in `offers/variables.py`, such as the coupon a rule entry was issued.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.forms.models import model_to_dict

from zhiji.flow.deliver.models import DeliverySettings
from zhiji.flow.profile.models import Measures, Portrait
from zhiji.kernel.registry import offered
from zhiji.records.queries import seen

LINKS_OF_NOBODY = {"unsubscribe_url": "#", "preferences_url": "#"}
"""What stands for the links of a message in a preview."""
COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔"
    " 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 令狐 呼延 百里 东郭 南门"
    " 羊舌 微生 拓跋 轩辕 第五"
)
"""Surnames of two characters."""


@dataclass(frozen=True)
class EntryVariable:
    """A variable of a rule entry. `of(entry_ids)` answers {entry id: plain data} for those that have it.

    `step` is the kind of step that fills it; `example` stands in for it in previews.
    """

    offered_in: ClassVar[str] = "variables"
    kept_when_off: ClassVar[bool] = True
    name: str
    of: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]]
    step: str
    example: Mapping[str, Any]


@dataclass(frozen=True)
class Addressee:
    """Whom to fill in for: the root customer, and the rule entry that wants it, if any."""

    customer_id: int
    entry_id: int | None = None


def gather(
    addressees: Sequence[Addressee], settings: DeliverySettings, hidden: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """The variables of each addressee, in order, without `hidden` custom fields. Three statements and one per offered
    variable, however many."""
    ids = {one.customer_id for one in addressees}
    portraits = {row.pk: row for row in Portrait.objects.select_related("owner").filter(pk__in=ids)}
    measures = {row.pk: row for row in Measures.objects.filter(pk__in=ids)}
    entries = [one.entry_id for one in addressees if one.entry_id is not None]
    of_entries = {kind.name: kind.of(entries) for kind in offered(EntryVariable)} if entries else {}
    shop = {"name": settings.shop_name, "url": settings.shop_url}
    found = []
    for one in addressees:
        variables = _of_portrait(portraits.get(one.customer_id))
        variables["attributes"] = seen(variables["attributes"], hidden)
        variables["measures"] = _of_measures(measures.get(one.customer_id))
        variables["shop"] = shop
        for name, values in of_entries.items():
            if one.entry_id in values:
                variables[name] = dict(values[one.entry_id])
        found.append(variables)
    return found


def salutation(name: str, gender: str) -> str:
    """称谓: surname and 先生 or 女士 when the gender is known, else the name, else 顾客."""
    name = name.strip()
    title = {"male": "先生", "m": "先生", "男": "先生", "female": "女士", "f": "女士", "女": "女士"}.get(gender.lower())
    if not name:
        return "顾客"
    if title is None or not "一" <= name[0] <= "鿿":
        return name
    surname = name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[0]
    return surname + title


def _of_portrait(portrait: Portrait | None) -> dict[str, Any]:
    if portrait is None:
        portrait = Portrait()
        portrait.name = portrait.gender = portrait.city = portrait.region = ""
        portrait.attributes = {}
    called = salutation(portrait.name, portrait.gender)
    return {
        "customer": {
            "name": portrait.name,
            "salutation": called,
            "greeting": f"尊敬的{called}，您好",
            "gender": portrait.gender,
            "city": portrait.city,
            "region": portrait.region,
            "birthday": portrait.birthday.isoformat() if portrait.birthday else "",
        },
        "attributes": dict(portrait.attributes or {}),
        "owner": {"name": str(portrait.owner)} if portrait.owner else {},
        "coupon": {},
    }


def _of_measures(measures: Measures | None) -> dict[str, Any]:
    if measures is None:
        return {}
    plain = {}
    for name, value in model_to_dict(measures, exclude=["customer"]).items():
        plain[name] = value if isinstance(value, (int, str)) or value is None else str(value)
    return plain
