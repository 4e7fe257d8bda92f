"""Random trees over the language, for the property test."""

from hypothesis import strategies as st

FACTS = ["order_paid", "product_viewed", "登录"]
CATEGORIES = ["生鲜", "日化", "it's"]
number_ops = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
windows = st.none() | st.builds(
    lambda last, unit: {"last": last, "unit": unit},
    st.integers(1, 40),
    st.sampled_from(["days", "hours", "weeks", "months"]),
)
wheres = st.lists(
    st.one_of(
        st.builds(
            lambda op, value: {"property": "category", "op": op, "value": value},
            st.sampled_from(["eq", "ne", "contains", "starts"]),
            st.sampled_from(CATEGORIES),
        ),
        st.builds(
            lambda op, value: {"property": "category", "op": op, "value": value},
            st.sampled_from(["in", "not_in"]),
            st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2),
        ),
        st.builds(
            lambda op, value: {"property": "amount", "op": op, "value": value},
            number_ops,
            st.sampled_from([10, 20.5, 99.99995]),
        ),
        st.just({"property": "amount", "op": "between", "value": [10, 30]}),
        st.sampled_from([{"property": "coupon", "op": "empty"}, {"property": "coupon", "op": "not_empty"}]),
        st.just({"property": "gift", "op": "eq", "value": True}),
    ),
    max_size=2,
)
behaviours = st.builds(
    lambda fact, measure, window, where, op, value: {
        "kind": "behaviour",
        "fact": fact,
        "measure": measure,
        "property": None if measure == "count" else "category" if measure == "distinct" else "amount",
        "window": window,
        "where": where,
        "op": op,
        "value": value,
    },
    st.sampled_from(FACTS),
    st.sampled_from(["count", "count", "sum", "average", "min", "max", "distinct"]),
    windows,
    wheres,
    number_ops,
    st.sampled_from([0, 1, 2, 3, 20.5, 41]),
)
recencies = st.builds(
    lambda fact, op, value, unit: {"kind": "recency", "fact": fact, "op": op, "value": value, "unit": unit},
    st.sampled_from(FACTS),
    number_ops,
    st.integers(0, 40),
    st.sampled_from(["days", "hours", "weeks", "months"]),
)
attributes = st.sampled_from(
    [
        {"kind": "attribute", "name": "region", "op": "eq", "value": "上海"},
        {"kind": "attribute", "name": "region", "op": "ne", "value": "上海"},
        {"kind": "attribute", "name": "region", "op": "in", "value": ["上海", "北京"]},
        {"kind": "attribute", "name": "region", "op": "empty"},
        {"kind": "attribute", "name": "city", "op": "contains", "value": "京"},
        {"kind": "attribute", "name": "birthday", "op": "lt", "value": "1990-01-01"},
        {"kind": "attribute", "name": "birthday", "op": "not_empty"},
        {"kind": "attribute", "name": "priority", "op": "ge", "value": 2},
        {"kind": "attribute", "name": "attributes.shoe", "op": "gt", "value": 40},
        {"kind": "attribute", "name": "attributes.shoe", "op": "eq", "value": "41"},
    ]
)
relatives = st.one_of(
    st.builds(
        lambda measure, op, value: {"kind": "score", "measure": measure, "op": op, "value": value},
        st.sampled_from(["recency", "frequency", "monetary"]),
        number_ops,
        st.integers(1, 5),
    ),
    st.builds(
        lambda measure, op: {"kind": "rank", "measure": measure, "op": op, "share": 0.2},
        st.sampled_from(["amount_365d", "orders_90d"]),
        st.sampled_from(["top", "bottom"]),
    ),
)
tags = st.sampled_from([{"kind": "tag", "tag": "vip"}, {"kind": "tag", "tag": "新客"}])
leaves = st.one_of(behaviours, behaviours, recencies, attributes, relatives, tags)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda of: {"kind": "all", "of": of}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "any", "of": of}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "not", "of": of}, inner),
    ),
    max_leaves=5,
)
