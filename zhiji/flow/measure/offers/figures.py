"""What the house took, week by week and lately, and what rules changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.models import Rule
from zhiji.flow.deliver.queries import sent_and_opened
from zhiji.flow.measure.effect import Effect, effect_of
from zhiji.flow.measure.queries import SPAN, recency_frequency, takings, weeks
from zhiji.kernel.figure import Figure


def _week(column: str) -> Callable[[datetime, str], Any]:
    return lambda as_of, of: next((one[column] for one in weeks(as_of) if one["week"] == of), 0)


def _cell(as_of: datetime, of: str) -> int:
    found = {f"{one['recency']}:{one['frequency']}": one["customers"] for one in recency_frequency(as_of)}
    return int(found.get(of, 0))


def _effect(read: Callable[[Effect, str], Any]) -> Callable[[datetime, str], Any]:
    def compute(as_of: datetime, of: str) -> Any:
        rule, _colon, arm = of.partition(":")
        return read(effect_of(Rule.objects.get(key=rule), as_of), arm)

    return compute


def _arm(part: str) -> Callable[[datetime, str], Any]:
    return _effect(lambda effect, arm: getattr(getattr(effect, arm), part))


WEEK, ARM, RULE = _("周一的日期"), _("规则:执行组或对照组"), _("规则")
OFFERS = (
    Figure(
        "revenue_30d",
        _("近 30 天营收"),
        _("近 30 天支付的金额，减去这 30 天里的退款"),
        lambda as_of, of: takings(as_of - SPAN, as_of)[0],
        "money",
    ),
    Figure(
        "revenue_before_30d",
        _("之前 30 天营收"),
        _("再往前 30 天里支付的金额，减去那 30 天里的退款"),
        lambda as_of, of: takings(as_of - 2 * SPAN, as_of - SPAN)[0],
        "money",
    ),
    Figure(
        "paid_orders_30d",
        _("近 30 天订单"),
        _("近 30 天支付的订单，后来退款的也算一单"),
        lambda as_of, of: takings(as_of - SPAN, as_of)[1],
    ),
    Figure("week_revenue", _("一周营收"), _("这一周支付的金额，减去这一周的退款"), _week("amount"), "money", WEEK),
    Figure("week_orders", _("一周订单"), _("这一周支付的订单"), _week("orders"), about=WEEK),
    Figure("week_buyers", _("一周购买客户"), _("这一周支付过订单的客户"), _week("customers"), about=WEEK),
    Figure("rf_customers", _("R×F 人数"), _("最近得分和频次得分是这一格的客户"), _cell, about=_("R:F")),
    Figure(
        "messages_sent_30d",
        _("近 30 天触达"),
        _("近 30 天发出的消息"),
        lambda as_of, of: sent_and_opened(as_of - SPAN, as_of)[0],
    ),
    Figure(
        "messages_opened_30d",
        _("近 30 天打开"),
        _("近 30 天发出的消息里打开过的"),
        lambda as_of, of: sent_and_opened(as_of - SPAN, as_of)[1],
    ),
    Figure("effect_entries", _("进入的人次"), _("规则开启以来的进入，执行与对照分开计"), _arm("entries"), about=ARM),
    Figure("effect_reached", _("达成目标"), _("进入后在目标天数内做了目标行为的进入"), _arm("reached"), about=ARM),
    Figure("effect_share", _("达成比例"), _("达成目标的进入除以全部进入"), _arm("share"), "percent", ARM),
    Figure("effect_facts", _("目标行为"), _("进入后在目标天数内的目标行为次数"), _arm("facts"), about=ARM),
    Figure(
        "effect_amount", _("目标金额"), _("进入后在目标天数内目标行为的金额，退款之前"), _arm("amount"), "money", ARM
    ),
    Figure(
        "effect_sent", _("规则发出的消息"), _("这条规则至今发出的消息"), _effect(lambda one, _arm: one.sent), about=RULE
    ),
    Figure("effect_opened", _("规则消息的打开"), _("其中打开过的"), _effect(lambda one, _arm: one.opened), about=RULE),
)
