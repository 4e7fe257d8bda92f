"""Orders as records: what their list shows and how it is narrowed."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.access.models import User
from zhiji.flow.profile.columns import customer_column
from zhiji.flow.profile.filters import customer_filter
from zhiji.kernel.given import whole
from zhiji.records.columns import Column, of, worded
from zhiji.records.filters import Chosen, Filter, on_days, one_of, within
from zhiji.records.kind import RecordKind, Sort, View
from zhiji.trade import queries
from zhiji.trade.models import Order

COLOURS = {
    Order.State.PAID: "green",
    Order.State.UNPAID: "yellow",
    Order.State.CLOSED: "gray",
    Order.State.PART_REFUNDED: "orange",
    Order.State.REFUNDED: "red",
}


def _store(rows: QuerySet[Order], chosen: Chosen) -> QuerySet[Order]:
    return rows.filter(store_id__in=[one for value in chosen.values if (one := whole(value)) is not None])


def _stores(user: User) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in queries.stores()]


def _with_coupon(rows: QuerySet[Order], chosen: Chosen) -> QuerySet[Order]:
    return rows.exclude(coupon_code="")


ORDERS = RecordKind(
    key="orders",
    label=_("订单"),
    says=_("网站、收银台和文件里的每一单，点开看买了什么"),
    counted=_("%(n)s 个订单"),
    icon="shopping-cart",
    model=Order,
    path="orders/",
    reads="orders:read",
    exports="customers:export",
    rows=queries.orders,
    said=lambda order: order.external_id,
    url=lambda order: reverse("order", args=[order.pk]),
    nothing=_("还没有订单。接入网站的行为，或导入一个订单文件，每一单都会出现在这里。"),
    finds=lambda rows, text: rows.filter(external_id=queries.number_in(text)),
    searches=_("订单号"),
    named=_("订单号"),
    columns=(
        Column("shop", _("店铺"), of("shop"), position=10),
        customer_column(),
        Column("placed_at", _("下单时间"), of("placed_at"), "moment", "new", True, 20),
        Column("paid_at", _("付款时间"), of("paid_at"), "moment", position=21),
        Column("store", _("门店"), of("store__name"), shown=True, position=30),
        Column("state", _("状态"), worded("state", COLOURS), "badge", shown=True, position=31),
        Column("amount", _("实付"), of("amount"), "money", shown=True, position=40),
        Column("refunded", _("已退"), lambda rows, user: {one.pk: one.refunded or None for one in rows}, "money",
               position=41),
        Column("discount", _("优惠"), lambda rows, user: {one.pk: one.discount or None for one in rows}, "money",
               shown=True, position=42),
        Column("coupon", _("优惠券"), of("coupon_code"), "code", shown=True, position=50),
    ),
    filters=(
        Filter("state", _("状态"), "choice", one_of("state", Order.State.values), 10, lambda user: Order.State.choices),
        Filter("placed", _("下单日"), "dates", on_days("placed_at"), 20),
        Filter("amount", _("实付"), "range", within("amount"), 30, unit=_("元")),
        Filter("coupon", _("用了优惠券"), "flag", _with_coupon, 40),
        Filter("store", _("门店"), "choice", _store, 50, _stores),
        customer_filter(),
    ),
    sorts=(Sort("new", _("最近下单在前"), ("-placed_at", "-id")),),
    views=(
        View(_("待付款"), "state=unpaid"),
        View(_("退过款"), "state=part_refunded&state=refunded"),
        View(pgettext_lazy("view", "用了优惠券"), "coupon=1"),
    ),
)  # fmt: skip
OFFERS = (ORDERS,)
