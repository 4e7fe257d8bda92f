"""The demo's coupon offers and the eight linkage rules of a retailer."""

from decimal import Decimal
from typing import Any

from zhiji.ops.demo.classes import in_class

OFFERS: list[dict[str, Any]] = [
    {"key": "welcome-10", "name": "新客首单礼", "value": Decimal(10), "minimum": Decimal(39), "valid_days": 14},
    {"key": "comeback-20", "name": "好久不见券", "value": Decimal(20), "minimum": Decimal(99), "valid_days": 21},
    {"key": "try-more-8", "name": "常逛常新券", "value": Decimal(8), "minimum": Decimal(49), "valid_days": 30},
    {"key": "birthday-30", "name": "生日礼券", "value": Decimal(30), "minimum": Decimal(0), "valid_days": 30},
]

GOAL = {"fact": "order_paid", "days": 14}


def entered(scheme: str, class_: str) -> dict[str, str]:
    return {"kind": "class_entered", "scheme": scheme, "class": class_}


def message(template: str) -> dict[str, str]:
    return {"kind": "send_message", "template": template}


def coupon(offer: str) -> dict[str, str]:
    return {"kind": "issue_coupon", "offer": offer}


RULES: list[dict[str, Any]] = [
    {
        "key": "high-value-manager",
        "name": "高价值客户：专属经理",
        "description": "进入高价值时，按地区分配负责人、设为优先服务，并每 30 天回访一次。",
        "trigger": entered("value", "high"),
        "steps": [
            {"kind": "assign_owner", "by": "region", "role": "sales"},
            {"kind": "set_priority", "priority": "3"},
            {
                "kind": "open_task",
                "title": "回访高价值客户 {{ name }}",
                "task_kind": "visit",
                "due_days": 3,
                "repeat_days": 30,
            },
        ],
        "reentry_days": 180,
    },
    {
        "key": "medium-value-care",
        "name": "中价值客户：关怀",
        "description": "进入中价值时，发一封关怀邮件。",
        "trigger": entered("value", "medium"),
        "steps": [message("care")],
        "reentry_days": 90,
    },
    {
        "key": "low-value-coupon",
        "name": "低价值客户：发券",
        "description": "买过东西、又落到低价值的客户，发一张小额券并告知。",
        "trigger": entered("value", "low"),
        "audience": {"kind": "not", "of": in_class("lifecycle", "potential", "first_purchase")},
        "steps": [coupon("try-more-8"), message("try-more")],
        "reentry_days": 90,
    },
    {
        "key": "dormant-win-back",
        "name": "沉睡客户：唤回",
        "description": "60 天没有下单时，发唤回券和邮件。",
        "trigger": entered("lifecycle", "dormant"),
        "steps": [coupon("comeback-20"), message("win-back")],
        "reentry_days": 120,
    },
    {
        "key": "registered-no-order",
        "name": "注册 7 天未下单：提醒",
        "description": "注册满 7 天还没有下单，送新客券并提醒。",
        "trigger": {"kind": "absence", "after": "customer_registered", "days": 7, "without": "order_paid"},
        "steps": [coupon("welcome-10"), message("first-order")],
    },
    {
        "key": "first-purchase-thanks",
        "name": "首购：感谢与指引",
        "description": "第一次下单后，发感谢信和使用指引。",
        "trigger": entered("lifecycle", "first_purchase"),
        "steps": [message("thanks")],
        "goal": {"fact": "order_paid", "days": 30},
    },
    {
        "key": "birthday-gift",
        "name": "生日：祝福与礼券",
        "description": "生日当天（过农历的按农历），送生日礼券和祝福。",
        "trigger": {"kind": "date", "attribute": "birthday", "days_before": 0},
        "steps": [coupon("birthday-30"), message("birthday")],
        "reentry_days": 300,
    },
    {
        "key": "at-risk-call",
        "name": "即将流失：负责人致电",
        "description": "常客 30 天没有来，请负责人打电话问候。",
        "trigger": {"kind": "segment_entered", "segment": "at-risk"},
        "steps": [
            {"kind": "open_task", "title": "致电 {{ name }}：已 30 天没有来", "task_kind": "call", "due_days": 2}
        ],
        "reentry_days": 60,
    },
]
