"""The classic segments of five trades, to begin from: each a tree of the condition language with its names.

Facts and fields that a trade records itself (appointments, policies, bookings) go by the names used here.
"""

from dataclasses import dataclass
from typing import Any

Tree = dict[str, Any]
Names = tuple[str, str]


@dataclass(frozen=True)
class Template:
    """A segment to begin from: its Chinese and English name, and its tree."""

    name: Names
    tree: Tree


@dataclass(frozen=True)
class Trade:
    key: str
    name: Names
    templates: tuple[Template, ...]


def _last(count: int, unit: str = "days") -> Tree:
    return {"last": count, "unit": unit}


def _all(*of: Tree) -> Tree:
    return {"kind": "all", "of": list(of)}


def _did(fact: str, window: Tree | None = None, times: int = 1, op: str = "ge", where: tuple[Tree, ...] = ()) -> Tree:
    return {
        "kind": "behaviour", "fact": fact, "measure": "count", "property": None, "window": window,
        "where": list(where), "op": op, "value": times,
    }  # fmt: skip


def _never(fact: str, window: Tree | None = None) -> Tree:
    return _did(fact, window, 0, "eq")


def _sum(fact: str, name: str, op: str, value: Any, window: Tree | None, measure: str = "sum") -> Tree:
    return {
        "kind": "behaviour", "fact": fact, "measure": measure, "property": name, "window": window, "where": [],
        "op": op, "value": value,
    }  # fmt: skip


def _ago(fact: str, op: str, value: int, unit: str = "days") -> Tree:
    return {"kind": "recency", "fact": fact, "op": op, "value": value, "unit": unit}


def _absence(fact: str, without: str, within: Tree, window: Tree, same: str | None = None) -> Tree:
    return {
        "kind": "absence", "fact": fact, "where": [], "without": {"fact": without, "where": []}, "within": within,
        "same": same, "window": window,
    }  # fmt: skip


def _sequence(facts: tuple[str, ...], within: Tree, window: Tree, same: str | None = None) -> Tree:
    steps = [{"fact": fact, "where": []} for fact in facts]
    return {"kind": "sequence", "steps": steps, "within": within, "same": same, "window": window}


def _anniversary(attribute: str, before: int, calendar: str = "own", after: int = 0) -> Tree:
    return {"kind": "anniversary", "attribute": attribute, "calendar": calendar, "before": before, "after": after}


def _elapsed(attribute: str, op: str, value: int, unit: str = "days", direction: str = "since") -> Tree:
    return {
        "kind": "elapsed", "attribute": attribute, "op": op, "value": value, "unit": unit, "direction": direction
    }  # fmt: skip


def _stopped(fact: str, times: int, before: Tree, quiet: Tree) -> Tree:
    return {"kind": "stopped", "fact": fact, "where": [], "times": times, "before": before, "quiet": quiet}


def _resumed(fact: str, recent: Tree, quiet: Tree) -> Tree:
    return {"kind": "resumed", "fact": fact, "where": [], "recent": recent, "quiet": quiet}


def _regular(fact: str, at_least: int, of: int, unit: str) -> Tree:
    return {"kind": "regular", "fact": fact, "where": [], "at_least": at_least, "of": of, "unit": unit}


def _nth(fact: str, number: int, window: Tree) -> Tree:
    return {"kind": "nth", "fact": fact, "where": [], "n": number, "window": window}


def _rank(share: float, measure: Any = "amount_365d", op: str = "top", within: Tree | None = None) -> Tree:
    return {"kind": "rank", "measure": measure, "op": op, "share": share, "within": within}


def _is(name: str, op: str, value: Any = None, type_: str | None = None) -> Tree:
    tree = {"kind": "attribute", "name": name, "op": op, "value": value}
    return {**tree, "type": type_} if type_ else tree


def _where(name: str, op: str, value: Any) -> Tree:
    return {"property": name, "op": op, "value": value}


def _against_past(fact: str, name: str | None, times: float, months: int, op: str = "lt") -> Tree:
    """This month against the average of the months before."""
    measure = "sum" if name else "count"
    past: Tree = {
        "fact": fact, "measure": measure, "property": name, "window": {"previous": months, "unit": "months"},
        "where": [], "times": times, "per": months,
    }  # fmt: skip
    return {
        "kind": "behaviour", "fact": fact, "measure": measure, "property": name, "window": {"this": "month"},
        "where": [], "op": op, "value": past,
    }  # fmt: skip


MAIL = {"kind": "consent", "channel": "email", "purpose": "marketing", "granted": True}

RETAIL = (
    Template(("加购未付款", "Abandoned cart"), _absence("cart_added", "order_paid", _last(1), _last(7))),
    Template(
        ("看了又看没有买", "Looks again and again, doesn't buy"),
        _all(_did("product_viewed", _last(14), 5), _never("order_paid", _last(14))),
    ),
    Template(("近 30 天首单新客", "First order in 30 days"), _nth("order_paid", 1, _last(30))),
    Template(
        ("首单后 30 天没有复购", "No second order 30 days after the first"),
        _all(_did("order_paid", None, 1, "eq"), _ago("order_paid", "gt", 30)),
    ),
    Template(("消费前 20% 的客户", "Top 20% by amount"), _rank(0.2)),
    Template(
        ("本月消费不到过去半年月均的一半", "This month less than half of the six months' average"),
        _all(_against_past("order_paid", "amount", 0.5, 6), _did("order_paid", {"previous": 6, "unit": "months"}, 3)),
    ),
    Template(
        ("沉默的老客", "Good customers gone quiet"),
        _stopped("order_paid", 4, _last(12, "months"), _last(90)),
    ),
    Template(("沉睡后回流", "Back after a long sleep"), _resumed("order_paid", _last(14), _last(120))),
    Template(("每周都来", "Comes every week"), _regular("order_paid", 6, 8, "weeks")),
    Template(("生日在 7 天内（公历或农历）", "Birthday within 7 days, solar or lunar"), _anniversary("birthday", 7)),
    Template(
        ("只在有优惠时买", "Buys only with a coupon"),
        _all(
            _did("order_paid", _last(365), 3),
            _did("order_paid", _last(365), 0, "eq", (_where("coupon", "empty", None),)),
        ),
    ),
    Template(
        ("看过当天就加购", "Adds to the cart on the day of viewing"),
        _sequence(("product_viewed", "cart_added"), _last(24, "hours"), _last(30), "product_id"),
    ),
)
B2B = (
    Template(
        ("注册两周还没下第一单", "Two weeks registered, no order yet"),
        _all(_elapsed("registered_at", "ge", 14), _never("order_paid")),
    ),
    Template(
        ("采购节奏放慢", "Buying slower than before"),
        _all(_against_past("order_paid", None, 0.5, 3), _did("order_paid", {"previous": 3, "unit": "months"}, 3)),
    ),
    Template(("停止采购的大客户", "Large accounts that stopped buying"),
             _all(_stopped("order_paid", 3, _last(12, "months"), _last(60)), _rank(0.3, "amount_ever"))),
    Template(
        ("合同 60 天内到期", "Contract ends within 60 days"),
        _elapsed("attributes.contract_end", "le", 60, "days", "until"),
    ),
    Template(("没有负责人的高价值客户", "High value without an owner"), _all(_is("owner", "empty"), _rank(0.2))),
    Template(
        ("30 天没人跟进", "Nobody followed up for 30 days"),
        _all(_is("owner", "not_empty"), _never("task_closed", _last(30)), _did("order_paid", _last(365))),
    ),
    Template(
        ("反复看价格页", "Looks at the price page again and again"),
        _did("page_viewed", _last(14), 3, "ge", (_where("path", "contains", "pricing"),)),
    ),
    Template(
        ("开过邮件又来看官网", "Opened a mail, then came to the site"),
        _sequence(("message_opened", "page_viewed"), _last(3), _last(30)),
    ),
    Template(("每月稳定采购", "Buys every month"), _regular("order_paid", 5, 6, "months")),
    Template(
        ("行业为制造且人数过百", "Manufacturing with more than 100 people"),
        _all(
            _is("attributes.industry", "eq", "制造", "text"), _is("attributes.employees", "ge", 100, "number")
        ),
    ),
)  # fmt: skip
FINANCE = (
    Template(("开户未入金", "Opened an account, paid nothing in"),
             _absence("account_opened", "deposit_made", _last(7), _last(60))),
    Template(("资产前 10%", "Top 10% by deposits"),
             _rank(0.1, {"fact": "deposit_made", "measure": "sum", "property": "amount", "window": _last(365),
                         "where": []})),
    Template(("大额流出预警", "Large outflow"), _sum("withdrawal_made", "amount", "ge", 100_000, _last(7))),
    Template(
        ("本月流出超过前三个月月均的两倍", "Outflow twice the three months' average"),
        _against_past("withdrawal_made", "amount", 2, 3, "gt"),
    ),
    Template(
        ("产品 30 天内到期", "Product matures within 30 days"),
        _elapsed("attributes.maturity_date", "le", 30, "days", "until"),
    ),
    Template(
        ("保单周年前 30 天", "30 days before the policy's anniversary"),
        _anniversary("attributes.policy_start", 30, "solar"),
    ),
    Template(("60 岁以上客户", "60 years and older"), _elapsed("birthday", "ge", 60, "years")),
    Template(
        ("看过理财没有购买", "Looked at a product, bought none"),
        _absence("product_viewed", "order_paid", _last(3), _last(30)),
    ),
    Template(
        ("风险测评满一年未更新", "Risk assessment a year old"),
        _ago("risk_assessed", "ge", 1, "years"),
    ),
    Template(("允许邮件联系的稳健客户", "Cautious customers who may be mailed"),
             _all(_is("attributes.risk_level", "in", ["保守", "稳健"], "text"), MAIL)),
)  # fmt: skip
CLINIC = (
    Template(("预约后没有到诊", "Booked, didn't come"),
             _absence("appointment_booked", "visit_made", _last(14), _last(60))),
    Template(("术后 7 天未复诊", "No follow-up 7 days after surgery"),
             _absence("surgery_done", "visit_made", _last(7), _last(30))),
    Template(("半年没来洗牙", "No cleaning for half a year"), _ago("cleaning_done", "ge", 6, "months")),
    Template(("满一年未体检", "No check-up for a year"),
             _all(_did("checkup_done"), _ago("checkup_done", "ge", 12, "months"))),
    Template(("疫苗第二针到期", "Second dose due"),
             _all(_did("vaccinated", None, 1, "eq"), _ago("vaccinated", "ge", 28))),
    Template(
        ("慢病患者连续复诊", "Chronic patients who come regularly"),
        _all({"kind": "tag", "tag": "慢病"}, _regular("visit_made", 3, 4, "months")),
    ),
    Template(
        ("慢病患者停止复诊", "Chronic patients who stopped coming"),
        _all({"kind": "tag", "tag": "慢病"}, _stopped("visit_made", 3, _last(6, "months"), _last(60))),
    ),
    Template(("40 岁以上女性", "Women of 40 and older"),
             _all(_is("gender", "in", ["female", "f"]), _elapsed("birthday", "ge", 40, "years"))),
    Template(("咨询后一周没有预约", "Asked, booked nothing within a week"),
             _absence("enquiry_made", "appointment_booked", _last(7), _last(30))),
    Template(("生日当月的老客", "Birthday soon, been here before"),
             _all(_anniversary("birthday", 30), _did("visit_made", None, 2))),
)  # fmt: skip
TRAVEL = (
    Template(
        ("搜了目的地没有预订", "Searched, booked nothing"),
        _absence("products_searched", "order_paid", _last(3), _last(14)),
    ),
    Template(("出行前 7 天", "7 days before departure"),
             _elapsed("attributes.departure_date", "le", 7, "days", "until")),
    Template(("刚回来一周", "Back for a week"), _elapsed("attributes.return_date", "le", 7)),
    Template(("每年都出行", "Travels every year"),
             _all(_did("order_paid", {"this": "year"}), _did("order_paid", {"previous": 1, "unit": "years"}))),
    Template(("一年没有出行的老客", "Travelled before, not for a year"),
             _stopped("order_paid", 2, _last(24, "months"), _last(12, "months"))),
    Template(("多目的地浏览", "Looks at many places"),
             _sum("product_viewed", "product_id", "ge", 5, _last(14), "distinct")),
    Template(("开始结算没有完成", "Began to pay, didn't finish"),
             _absence("checkout_started", "order_paid", _last(2, "hours"), _last(7))),
    Template(("华东会员", "Members in East China"), _is("place", "in", ["华东"])),
    Template(("首次预订满 1 天未写评价", "First booking, no review yet"),
             _all(_nth("order_paid", 1, _last(60)), _never("product_reviewed"))),
    Template(("护照半年内到期", "Passport ends within half a year"),
             _elapsed("attributes.passport_expiry", "le", 180, "days", "until")),
)  # fmt: skip
TRADES = (
    Trade("retail", ("零售", "Retail"), RETAIL),
    Trade("b2b", ("企业客户", "B2B"), B2B),
    Trade("finance", ("金融", "Finance"), FINANCE),
    Trade("clinic", ("诊所", "Clinic"), CLINIC),
    Trade("travel", ("旅行", "Travel"), TRAVEL),
)
