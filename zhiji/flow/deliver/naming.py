"""What the variables of templates are called, for buttons and for the reasons in the ledger."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.flow.deliver.sandbox.known import KNOWN
from zhiji.flow.segment.catalogue.terms import attributes, words
from zhiji.flow.segment.conditions.words import MEASURE_LABELS
from zhiji.kernel.listing import listed

LABELS: dict[str, str | Promise] = {
    "customer": pgettext_lazy("one", "客户"),
    "customer.name": _("姓名"),
    "customer.salutation": _("称谓"),
    "customer.greeting": _("问候语"),
    "customer.gender": _("性别"),
    "customer.city": _("城市"),
    "customer.region": _("地区"),
    "customer.birthday": _("生日"),
    "attributes": _("自定义字段"),
    "measures": _("消费"),
    "measures.first_order_at": _("首次下单日"),
    "measures.last_order_at": _("最近下单日"),
    "measures.favourite_category": _("最爱品类"),
    "measures.favourite_store": _("常去门店"),
    "coupon": _("优惠券"),
    "coupon.code": _("券码"),
    "coupon.name": _("券名"),
    "coupon.value": _("面值"),
    "coupon.minimum": _("使用门槛"),
    "coupon.expires": _("有效期"),
    "owner": _("负责人"),
    "owner.name": _("负责人姓名"),
    "shop": _("店铺"),
    "shop.name": _("店铺名称"),
    "shop.url": _("店铺网址"),
    "unsubscribe_url": _("退订链接"),
    "preferences_url": _("偏好链接"),
}
DATES = ("measures.first_order_at", "measures.last_order_at", "customer.birthday", "coupon.expires")
HOLE = re.compile(r"\{\{-?\s*([\w.]+)[^}]*\}\}")
MONEY = ("coupon.value", "coupon.minimum", "measures.basket_average")


def label_of(path: str) -> str:
    """What `coupon.code` is called; a customer's own fields are called what they are."""
    if path in LABELS:
        return str(LABELS[path])
    root, _dot, part = path.partition(".")
    if root == "measures" and part in MEASURE_LABELS:
        return words().label(MEASURE_LABELS[part])
    return part or path


def named(paths: list[str]) -> str:
    """“券码”、“面值”: variables in a sentence."""
    return listed(f"“{label_of(path)}”" for path in paths)


def told(text: str) -> str:
    """A template's line as it reads in a list: 〔称谓〕，生日快乐."""
    return HOLE.sub(lambda match: f"〔{label_of(match[1])}〕", text)


@dataclass(frozen=True)
class Insertable:
    """A variable as a button puts it in: its path, what it is called, and the filter that writes it well."""

    path: str
    label: str
    filter: str = ""

    @property
    def written(self) -> str:
        root, _dot, part = self.path.partition(".")
        plain = self.path if not part or part.isidentifier() else f'{root}["{part}"]'
        return f"{{{{ {plain}{'|' + self.filter if self.filter else ''} }}}}"


def insertable() -> list[tuple[str, list[Insertable]]]:
    """The variables by group, those of customers' own fields as they were seen lately."""
    parts = {root: [f"{root}.{part}" for part in known] for root, known in KNOWN.items() if known}
    parts["measures"] = [path for path in LABELS if path.startswith("measures.")]
    parts["measures"] += [f"measures.{name}" for name in MEASURE_LABELS]
    own = [str(one["key"]) for one in attributes() if one.get("custom")]
    parts["attributes"] = [key for key in own if '"' not in key and "\\" not in key]
    order = ("customer", "coupon", "measures", "attributes", "owner", "shop")
    groups = [(str(LABELS[root]), [_insertable(path) for path in parts[root]]) for root in order]
    groups.append((str(_("链接")), [Insertable(path, label_of(path)) for path, known in KNOWN.items() if known == ()]))
    return [(label, found) for label, found in groups if found]


def _insertable(path: str) -> Insertable:
    written_by = "day" if path in DATES else "money" if path in MONEY or path.startswith("measures.amount_") else ""
    return Insertable(path, label_of(path), written_by)
