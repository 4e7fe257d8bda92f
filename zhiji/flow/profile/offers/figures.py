"""How many customers there are, and what is kept of each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile.models import Measures
from zhiji.flow.profile.queries import population
from zhiji.kernel.figure import Figure, Look

SPAN = timedelta(days=30)
ONE = _("客户号")


def _counted(part: str) -> Callable[[datetime, str], int]:
    return lambda as_of, of: int(getattr(population(as_of, SPAN), part))


def _kept(name: str) -> Callable[[datetime, str], Any]:
    return lambda as_of, of: Measures.objects.filter(pk=int(of)).values_list(name, flat=True).first()


def _measure(name: str, label: str | Promise, means: str | Promise, look: Look) -> Figure:
    return Figure(name, label, means, _kept(name), look, ONE)


OFFERS = (
    Figure("customers", _("客户"), _("所有客户，合并过的算一位"), _counted("customers")),
    Figure("customers_active_30d", _("近 30 天活跃"), _("最近来访在 30 天以内的客户"), _counted("active")),
    Figure("customers_new_30d", _("近 30 天新增"), _("注册时间在 30 天以内的客户"), _counted("registered")),
    _measure("orders_30d", _("近 30 天订单数"), _("近 30 天支付的订单，后来退款的也算一单"), "count"),
    _measure("orders_90d", _("近 90 天订单数"), _("近 90 天支付的订单，后来退款的也算一单"), "count"),
    _measure("orders_365d", _("近 365 天订单数"), _("近 365 天支付的订单，后来退款的也算一单"), "count"),
    _measure("orders_ever", _("累计订单数"), _("支付过的全部订单，后来退款的也算一单"), "count"),
    _measure("amount_30d", _("近 30 天金额"), _("近 30 天支付的金额，减去这 30 天里的退款"), "money"),
    _measure("amount_90d", _("近 90 天金额"), _("近 90 天支付的金额，减去这 90 天里的退款"), "money"),
    _measure("amount_365d", _("近 365 天金额"), _("近 365 天支付的金额，减去这 365 天里的退款"), "money"),
    _measure("amount_ever", _("累计金额"), _("支付过的全部金额，减去全部退款"), "money"),
    _measure("basket_average", _("客单价"), _("每次支付的平均金额，退款之前"), "money"),
)
