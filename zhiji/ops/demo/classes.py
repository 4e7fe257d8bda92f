"""The demo's two schemes and six segments."""

from typing import Any

Tree = dict[str, Any]


def orders(op: str, value: float, days: int | None = None, measure: str = "count", **more: Any) -> Tree:
    """A condition on `order_paid`."""
    window = {"last": days, "unit": "days"} if days else None
    tree = {"kind": "behaviour", "fact": "order_paid", "measure": measure, "window": window, "op": op, "value": value}
    return {**tree, **more}


def last_order(op: str, days: int) -> Tree:
    return {"kind": "recency", "fact": "order_paid", "op": op, "value": days, "unit": "days"}


def score(measure: str, value: int) -> Tree:
    return {"kind": "score", "measure": measure, "op": "ge", "value": value}


def both(*of: Tree) -> Tree:
    return {"kind": "all", "of": list(of)}


def either(*of: Tree) -> Tree:
    return {"kind": "any", "of": list(of)}


def without(of: Tree) -> Tree:
    return {"kind": "not", "of": of}


def in_class(scheme: str, *classes: str) -> Tree:
    return {"kind": "class", "scheme": scheme, "classes": list(classes)}


SILENT, GONE = 60, 150  # days without an order: dormant, lost
FRESH = [
    "牛肉",
    "鸡肉",
    "猪肉",
    "番茄",
    "土豆",
    "热带水果",
    "苹果",
    "莓果",
    "葡萄",
    "柑橘",
    "沙拉菜",
    "其他蔬菜",
    "鲜活水产",
]

SCHEMES: list[dict[str, Any]] = [
    {
        "key": "value",
        "name": "客户价值",
        "description": "按最近消费（R）、消费频次（F）、消费金额（M）的得分分为高、中、低价值。",
        "classes": [
            {
                "key": "high",
                "name": "高价值",
                "colour": "green",
                "condition": both(score("recency", 3), score("frequency", 4), score("monetary", 4)),
            },
            {
                "key": "medium",
                "name": "中价值",
                "colour": "blue",
                "condition": either(
                    both(score("recency", 2), score("monetary", 3)), both(score("recency", 3), score("frequency", 3))
                ),
            },
            {"key": "low", "name": "低价值", "colour": "yellow", "condition": None},
        ],
    },
    {
        "key": "lifecycle",
        "name": "生命周期",
        "description": f"从潜在到流失：{SILENT} 天没有下单为沉睡，{GONE} 天没有下单为流失。",
        "classes": [
            {"key": "potential", "name": "潜在", "colour": "azure", "condition": without(orders("ge", 1))},
            {
                "key": "first_purchase",
                "name": "首购",
                "colour": "teal",
                "condition": both(last_order("le", SILENT), without(orders("ge", 2))),
            },
            {
                "key": "repeat",
                "name": "复购",
                "colour": "blue",
                "condition": both(last_order("le", SILENT), without(orders("ge", 15, days=90))),
            },
            {"key": "loyal", "name": "忠诚", "colour": "green", "condition": last_order("le", SILENT)},
            {"key": "dormant", "name": "沉睡", "colour": "orange", "condition": last_order("le", GONE)},
            {"key": "lost", "name": "流失", "colour": "red", "condition": None},
        ],
    },
]

SEGMENTS: list[dict[str, Any]] = [
    {
        "key": "at-risk",
        "name": "即将流失的常客",
        "description": "一年里至少下过 12 单，却已经 30 天没有来。",
        "condition": both(orders("ge", 12, days=365), last_order("gt", 30), last_order("le", SILENT)),
    },
    {
        "key": "top-spenders",
        "name": "年消费前 10%",
        "description": "近 365 天消费金额排在前 10% 的客户。",
        "condition": {"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.1},
    },
    {
        "key": "fresh-lovers",
        "name": "生鲜常客",
        "description": "近 90 天至少 3 单以肉类、水产或果蔬为主。",
        "condition": orders("ge", 3, days=90, where=[{"property": "category", "op": "in", "value": FRESH}]),
    },
    {
        "key": "big-baskets",
        "name": "大篮子家庭",
        "description": "近 180 天客单价不低于 60 元，且至少下过 3 单。",
        "condition": both(orders("ge", 60, days=180, measure="average", property="amount"), orders("ge", 3, days=180)),
    },
    {
        "key": "coupon-lovers",
        "name": "爱用券的客户",
        "description": "近 365 天至少核销过 3 张优惠券。",
        "condition": {
            "kind": "behaviour",
            "fact": "coupon_redeemed",
            "measure": "count",
            "window": {"last": 365, "unit": "days"},
            "op": "ge",
            "value": 3,
        },
    },
    {
        "key": "registered-silent",
        "name": "注册未下单",
        "description": "注册满 7 天，还没有下过单。",
        "condition": both(
            {"kind": "recency", "fact": "customer_registered", "op": "ge", "value": 7, "unit": "days"},
            without(orders("ge", 1)),
        ),
    },
]
