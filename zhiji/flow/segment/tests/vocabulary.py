"""What random histories and random trees are made of: few words, so that they meet, and awkward ones among them."""

from typing import Any

FACTS = ("order_paid", "product_viewed", "cart_added", "登录")
CATEGORIES = ("生鲜", "日化", "it's", '说"好"')
PRODUCTS = ("p1", "p2", "p3")
AMOUNTS = (10, 20.5, 41, 99.99995, 20.00005, -3, 0, 1000)
TAGS = ("vip", "新客", "50%")
REGIONS = ("上海", "浙江", "北京", "四川", "香港", "火星")
CITIES = ("杭州", "宁波", "北京", "成都")
CHANNELS = ("email", "sms")
DAYS = ("1960-02-29", "1980-02-29", "1995-10-01", "2020-06-01", "2026-02-17", "2025-08-01", "2027-03-15")
PROPERTIES: dict[str, dict[str, tuple[Any, ...]]] = {
    "order_paid": {
        "amount": (*AMOUNTS, "12.5", "abc", None),
        "category": (*CATEGORIES, "", None),
        "coupon": ("A1", "", None),
        "categories": (["生鲜"], ["生鲜", "日化"], ["it's", '说"好"'], [], None),
        "items": (1, 2, 3, "4", None),
        "gift": (True, False, None),
        "due": ("2026-02-28", "2025-12-31", "soon", None),
        "product_id": (*PRODUCTS, None),
        "it's": ("a", "b", None),
    },
    "product_viewed": {
        "product_id": (*PRODUCTS, None),
        "category": (*CATEGORIES, None),
        "price": (*AMOUNTS, None),
    },
    "cart_added": {
        "product_id": (*PRODUCTS, None),
        "category": (*CATEGORIES, None),
        "price": (*AMOUNTS, None),
        "quantity": (1, 2, 3, None),
    },
    "登录": {"设备": ("手机", "电脑", "", None), "n": (1, 2.5, 3, "x", None), "product_id": (*PRODUCTS, None)},
    "order_refunded": {"amount": (*AMOUNTS, "12.5", "abc", None)},
    "message_sent": {"rule": ("welcome", "win-back", None)},
    "message_opened": {"rule": ("welcome", "win-back", None)},
    "coupon_issued": {"offer": ("满百减十", "新人券", None)},
    "coupon_redeemed": {"offer": ("满百减十", "新人券", None)},
}
CUSTOM: dict[str, tuple[Any, ...]] = {
    "shoe": (41, 41.5, "41", "很大", None),
    "member": (True, False, None),
    "wedding": (*DAYS, "2024-02-29", "unknown", None),
    "hobbies": (["摄影"], ["摄影", "跑步"], [], ["it's"], None),
    "level": ("金", "银", "", None),
}
