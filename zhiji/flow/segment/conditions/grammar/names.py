"""The names that sentences know: of facts and properties as declared, of segments and schemes as they are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.grammar.naming import Lexicon, Name
from zhiji.flow.segment.conditions.words import Names, Words
from zhiji.kernel.facts import fact_types

FACT_WORDS = {
    "下单": "order_paid", "购买": "order_paid", "付款": "order_paid", "支付": "order_paid", "成交": "order_paid",
    "退款": "order_refunded", "加购": "cart_added", "浏览": "product_viewed", "看商品": "product_viewed",
    "访问": "page_viewed", "收藏": "wishlist_added", "搜索": "products_searched", "结算": "checkout_started",
    "order": "order_paid", "ordered": "order_paid", "purchase": "order_paid", "bought": "order_paid",
    "refund": "order_refunded", "added to cart": "cart_added", "signed up": "customer_registered",
}  # fmt: skip
PROPERTY_WORDS = {
    "类目": "category", "品类": "category", "类别": "category", "分类": "category", "价格": "price",
    "商品": "product_id", "product": "product_id", "总价": "amount", "实付": "amount", "券": "coupon", "门店": "store",
}  # fmt: skip
ATTRIBUTE_WORDS = {
    "省": "region", "省份": "region", "所在省": "region", "市": "city", "所在城市": "city", "销售": "owner",
    "归属人": "owner", "出生日期": "birthday", "优先级": "priority", "位置": "place", "地域": "place",
}  # fmt: skip
NOTHING = Lexicon({})


@cache
def _facts(chinese: bool) -> Lexicon:
    say = Words(chinese)
    often = sorted(fact_types(), key=lambda name: name not in FACT_WORDS.values())
    return Lexicon({name: say.fact(name) for name in often}, FACT_WORDS, trusted=True)


@cache
def _properties(fact: str | None, chinese: bool) -> Lexicon:
    kind, say = fact_types().get(fact or ""), Words(chinese)
    if kind is None:
        return NOTHING
    return Lexicon(
        {one.name: say.property(kind.name, one.name) for one in kind.properties}, PROPERTY_WORDS, trusted=True
    )


@cache
def _attributes(chinese: bool) -> Lexicon:
    labels = {name: known.label[0 if chinese else 1] for name, known in ATTRIBUTES.items()}
    return Lexicon(labels, ATTRIBUTE_WORDS, trusted=True)


def _called(names: Names, kind: str, labels: Mapping[str, str]) -> Lexicon:
    """The lexicon of things that users name, made once for each `Names`."""
    known = names.lexicons.get(kind)
    if known is None:
        known = names.lexicons[kind] = Lexicon(dict(labels))
    found: Lexicon = known
    return found


def _classes(words: Words, scope: str | None) -> Lexicon:
    classes = words.names.classes
    return _called(
        words.names, f"class:{scope}", {key: label for (scheme, key), label in classes.items() if scheme == scope}
    )


def _attribute_key(name: str) -> str:
    return name if name in ATTRIBUTES or name.startswith(CUSTOM) else CUSTOM + name


FACT = Name(("一个行为", "a fact"), lambda words, scope: _facts(words.chinese), seen="fact")
PROPERTY = Name(
    ("行为的一个属性", "a property of it"), lambda words, scope: _properties(scope, words.chinese), seen="property"
)
ATTRIBUTE = Name(
    ("一项客户资料", "an attribute"), lambda words, scope: _attributes(words.chinese), _attribute_key, seen="attribute"
)
SEGMENT = Name(
    ("一个客群", "a segment"),
    lambda words, scope: _called(words.names, "segment", words.names.segments),
    in_quotes=True,
)
SCHEME = Name(("一个分类方案", "a scheme"), lambda words, scope: _called(words.names, "scheme", words.names.schemes))
CLASS = Name(("一个类别", "a class"), _classes)
TAG = Name(("一个“标签”", "a “tag”"), lambda words, scope: NOTHING, in_quotes=True, seen="tag")
