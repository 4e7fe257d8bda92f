"""Any tree the language allows, with the oddest names and values: what sentences and the schema have to stand."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from zhiji.flow.segment.conditions.offered import conditions_offered
from zhiji.flow.segment.conditions.words import MEASURE_LABELS, Names

ODD = [
    "order_paid", "cart_added", "product_viewed", "登录", "支付订单", "Order paid", "order paid", "下单", "且", "and",
    "a 且 b", "近 30 天", "“quoted”", "”", "““", "a”b", '"', "（", "）(", "3", "2026-01-01", "是", "yes", "no", "null",
    "#x", "#", "农历生日", "公历x", "x.y-z", " 空 格 ", "换\n行", "，", "、", "→", "次数", "count", "in", "the", "last",
    "-5", "1e3", "金额", "amount", "category", "类目", "it's", "％", "%", "ß", "İ", "Ａ", "🙂", "地区", "region",
    "属于", "不满足（x）", "not (x)", "attributes.x", "attributes.region", "为空", "is empty", "ever", "累计",
    "今天", "today",
]  # fmt: skip
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.sampled_from(ODD) | st.text(letters, min_size=1, max_size=8).filter(lambda text: text.strip() != "")
keys = st.sampled_from(["high", "medium", "low", "vip", "高", "贵宾"]) | texts
facts = st.sampled_from(["order_paid", "cart_added", "product_viewed", "order_refunded", "page_viewed"]) | texts
properties = st.sampled_from(["amount", "items"]) | texts
numbers = st.integers(-(10**13), 10**13) | st.floats(-1e13, 1e13, allow_nan=False)
lengths = st.integers(1, 100)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str)
DECLARED = {"amount", "category", "product_id", "price", "coupon", "items"}
compare = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
NAMES = Names(
    {"vip": "贵宾", "a": "同名", "b": "同名", "c": "a", "d": "a 且 b", "e": "e”"},
    {"value": "价值", "vip": "价值 高", "x": "属于"},
    {("value", "high"): "高", ("value", "low"): "低，已满", ("value", "medium"): "高", ("vip", "高"): "贵宾"},
)


def made(kind: str, /, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object of that kind; a field named with a trailing underscore is a Python keyword."""
    named = {name.rstrip("_"): one for name, one in fields.items()}
    return st.fixed_dictionaries({**({"kind": st.just(kind)} if kind else {}), **named})


def some(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return made("", **fields)


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


def listed(one: st.SearchStrategy[Any], least: int = 1, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=least, max_size=most)


def compared(name: str, typed: dict[str, st.SearchStrategy[str]], **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Comparisons of every type and operator, over names of each type."""

    def one(type_: str, ops: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return some(**{name: typed[type_]}, **more, op=st.sampled_from(ops.split()), value=value)

    return st.one_of(
        one("text", "eq ne contains starts", texts), one("text", "in not_in", listed(texts)),
        one("number", "eq ne gt ge lt le", numbers), one("number", "in not_in", listed(numbers)),
        one("number", "between", listed(numbers, 2, 2).map(sorted)), one("flag", "eq ne", st.booleans()),
        one("date", "gt ge lt le", days), one("date", "between", listed(days, 2, 2).map(sorted)),
        one("list", "has_any has_all", listed(texts)), one("text", "empty not_empty", st.none()),
    )  # fmt: skip


odd = {type_: texts.filter(lambda name: name not in DECLARED) for type_ in ("text", "number", "flag", "date", "list")}
PROPERTIES = {
    **odd, "text": odd["text"] | st.sampled_from(["category", "coupon"]), "number": odd["number"] | st.just("amount"),
}  # fmt: skip
PORTRAIT = {
    "text": st.sampled_from(["region", "city", "birthday_calendar"]), "number": st.just("priority"),
    "date": st.sampled_from(["birthday", "registered_at"]),
}  # fmt: skip
CUSTOM = {type_: names.map("attributes.{}".format) for type_, names in odd.items()}
filters = st.recursive(
    compared("property", PROPERTIES),
    lambda inner: st.one_of(
        some(any=st.lists(inner, min_size=1, max_size=3)), some(all=st.lists(inner, min_size=1, max_size=3)),
        some(not_=inner),
    ),
    max_leaves=3,
)  # fmt: skip
where = st.lists(filters, max_size=2)
step = some(fact=facts, where=where)
span = some(last=lengths, unit=st.sampled_from(["minutes", "hours", "days", "weeks"]))
stretch = some(last=lengths, unit=st.sampled_from(["hours", "days", "weeks", "months", "years"]))
anchor = some(fact=facts, which=st.sampled_from(["first", "last"]), where=where)
plain_windows = st.one_of(
    some(last=lengths, unit=st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years"])),
    some(last=lengths, unit=st.sampled_from(["minutes", "days", "months"]), ending=lengths),
    some(this=st.sampled_from(["day", "week", "month", "quarter", "year"])),
    some(previous=lengths | st.just(1), unit=st.sampled_from(["days", "weeks", "months", "quarters", "years"])),
    some(since=days), some(until=days),
    st.tuples(days, days).map(lambda two: {"since": min(two), "until": max(two)}),
)  # fmt: skip
windows = plain_windows | some(after=anchor, within=maybe(span)) | some(before=anchor, within=maybe(span))
numeric = st.sampled_from(["count", "sum", "average", "min", "max", "distinct"])
measure = {"fact": facts, "measure": numeric, "property": properties, "where": where}
other = some(**measure, window=maybe(windows), times=numbers, per=st.floats(0.001, 1e6) | lengths)
custom = texts.map(lambda name: f"attributes.{name}")
dated = st.sampled_from(["birthday", "registered_at", "last_seen_at"]) | custom
held = some(op=compare, value=lengths)


@st.composite
def offers(draw: st.DrawFn) -> dict[str, Any]:
    """A condition that another app offers, with some of its fields."""
    offer = draw(st.sampled_from(list(conditions_offered().values())))
    given = {}
    for field in offer.fields:
        if field.required or draw(st.booleans()):
            choices = {"choice": st.sampled_from([key for key, _ in field.choices] or [""]), "window": plain_windows}
            given[field.name] = draw(choices.get(field.type, numbers if field.type == "number" else texts))
    return {"kind": "offered", "name": offer.name, "with": given}


places = some(
    kind=st.just("attribute"), name=st.just("place"), op=st.sampled_from(["in", "not_in"]),
    value=st.lists(st.sampled_from(["华东", "浙江", "浙江/杭州"]), min_size=1, max_size=3),
)  # fmt: skip
_leaves = st.one_of(
    compared("name", CUSTOM | PORTRAIT, kind=st.just("attribute")), places,
    compared("name", CUSTOM, kind=st.just("attribute")),
    some(kind=st.just("attribute"), name=custom, op=st.just("eq"), value=texts, type=st.just("text")),
    some(kind=st.just("attribute"), name=custom, op=compare, value=numbers, type=st.just("number")),
    some(kind=st.just("attribute"), name=custom, op=compare, value=days, type=st.just("date")),
    some(kind=st.just("attribute"), name=custom, op=st.just("contains"), value=texts, type=st.just("list")),
    some(kind=st.just("attribute"), name=custom, op=st.just("eq"), value=st.booleans(), type=st.just("flag")),
    compared("property", PROPERTIES, kind=st.just("behaviour"), fact=facts, window=maybe(windows), where=where,
             measure=st.sampled_from(["first", "last"])),
    made("behaviour", **measure, window=maybe(windows), op=compare, value=numbers),
    made("behaviour", fact=facts, measure=st.just("sum"), property=properties, window=maybe(windows), less=facts,
         op=compare, value=numbers),
    made("behaviour", fact=facts, window=maybe(windows), op=compare, value=numbers, where=where),
    made("behaviour", **measure, window=maybe(windows), op=compare, value=other),
    made("recency", fact=facts, where=where, op=compare, value=lengths,
         unit=st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years"])),
    made("sequence", steps=st.lists(step, min_size=2, max_size=5), within=maybe(span), same=maybe(properties),
         window=maybe(plain_windows)),
    made("absence", fact=facts, where=where, without=step, within=span, same=maybe(properties),
         window=maybe(plain_windows)),
    made("nth", fact=facts, where=where, n=lengths, window=maybe(plain_windows)),
    made("regular", fact=facts, where=where, at_least=st.integers(1, 5), of=st.integers(5, 60),
         unit=st.sampled_from(["days", "weeks", "months"])),
    made("stopped", fact=facts, where=where, times=lengths, before=stretch, quiet=stretch),
    made("resumed", fact=facts, where=where, recent=stretch, quiet=stretch),
    made("anniversary", attribute=dated, calendar=st.sampled_from(["own", "solar", "lunar"]),
         before=st.integers(0, 100), after=st.integers(0, 100)),
    made("elapsed", attribute=dated, op=compare, value=lengths,
         unit=st.sampled_from(["days", "weeks", "months", "years"]), direction=st.sampled_from(["since", "until"])),
    made("score", measure=st.sampled_from(["recency", "frequency", "monetary"]), op=compare, value=st.integers(1, 5)),
    made("rank", measure=st.sampled_from(list(MEASURE_LABELS)) | some(**measure, window=maybe(plain_windows)),
         op=st.sampled_from(["top", "bottom"]), share=st.floats(0.000001, 0.999999),
         within=st.none() | some(attribute=st.sampled_from(["region", "city"]) | custom) | some(scheme=keys)),
    made("rank", measure=st.sampled_from(list(MEASURE_LABELS)), op=st.just("between"),
         share=st.tuples(st.integers(1, 50), st.integers(51, 99)).map(lambda two: [two[0] / 100, two[1] / 100])),
    made("class", scheme=st.just("value") | keys, classes=st.lists(keys, min_size=1, max_size=3), held=maybe(held),
         previous=maybe(st.lists(keys, min_size=1, max_size=2))),
    made("segment", segment=keys | st.sampled_from(["a", "b", "c", "d", "e", "同名"]), held=maybe(held)),
    made("tag", tag=texts),
    made("consent", channel=st.sampled_from(["email", "sms"]) | texts, purpose=st.just("marketing") | texts,
         granted=st.booleans()),
    made("bucket", salt=texts, from_=st.integers(1, 10), to=st.integers(10, 50), of=st.integers(50, 10_000)),
    *([offers()] if conditions_offered() else []),
)  # fmt: skip
leaves = st.deferred(lambda: _leaves)
_trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        made("all", of=st.lists(inner, min_size=1, max_size=3)),
        made("any", of=st.lists(inner, min_size=1, max_size=3)),
        made("not", of=inner),
    ),
    max_leaves=4,
)
trees = st.deferred(lambda: _trees)
