"""Which operator goes with which type and which value, as rules of the published JSON schema.

The same that `check` refuses, but for what only a fact's declared properties tell.
"""

from __future__ import annotations

from typing import Any

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES
from zhiji.flow.segment.conditions.behaviour import NUMBER_OPS
from zhiji.flow.segment.conditions.comparison import ALLOWED, ORDERED, Type

Schema = dict[str, Any]
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
TEXT: Schema = {"type": "string"}
VALUES: dict[Type, Schema] = {
    "text": TEXT, "number": {"type": "number"}, "time": {"type": "string", "minLength": 8}, "date": DAY, "list": TEXT,
    "flag": {"type": "boolean"}, "place": TEXT,
}  # fmt: skip
BLANK = ["empty", "not_empty"]
VALUED = ("first", "last")


def rules(name: str) -> list[Schema]:
    """What the fields of a struct ask of each other."""
    return {
        "Behaviour": _behaviour,
        "Attribute": _attribute,
        "Where": _where,
        "Measure": _measure,
        "Other": _measure,
    }.get(name, list)()


def _behaviour() -> list[Schema]:
    valued = _is("measure", VALUED)
    numeric = {"op": {"enum": list(NUMBER_OPS)}, "value": {"type": ["number", "object"]}}
    against = {"properties": {"value": {"type": "object"}}, "required": ["value"]}
    free = {"anyOf": [against, *_free()]}
    return [
        *_measure(),
        {"if": valued, "then": free, "else": {"properties": numeric, "required": ["value"]}},
        {"if": against, "then": {"properties": {"op": {"enum": list(NUMBER_OPS)}}}},
    ]


def _attribute() -> list[Schema]:
    made = []
    for type_ in VALUES:
        columns = [key for key, known in ATTRIBUTES.items() if known.type == type_]
        if columns:
            made.append({"if": _is("name", columns), "then": {"anyOf": _of_type(type_)}})
        if type_ != "place":
            made.append({"if": _is("type", [type_]), "then": {"anyOf": _of_type(type_)}})
    column = _is("name", list(ATTRIBUTES))
    none = {"properties": {"type": {"type": "null"}}}
    typed = {"properties": {"type": {"type": "string"}}, "required": ["type"]}
    return [
        *made,
        {"if": column, "then": none},
        {"if": {"not": {"anyOf": [column, typed]}}, "then": {"anyOf": _free()}},
    ]


def _where() -> list[Schema]:
    names = ("property", "any", "all", "not")
    one = [{"properties": {name: {"not": {"type": "null"}}}, "required": [name]} for name in names]
    bare = {"op": {"type": "null"}, "value": {"type": "null"}}
    full = {name: {"type": ["array", "null"], "minItems": 1} for name in ("any", "all")}
    return [
        {"oneOf": one},
        {"properties": full},
        {"if": one[0], "then": {"anyOf": _free()}, "else": {"properties": bare}},
    ]


def _measure() -> list[Schema]:
    """All but a count are made of a property; from a sum without filters something may be taken off."""
    count = {"properties": {"measure": {"enum": ["count"]}}}
    of = {"properties": {"property": {"type": "string", "minLength": 1}}, "required": ["property"]}
    less = {"properties": {"less": {"type": "string"}}, "required": ["less"]}
    whole = {"properties": {"measure": {"enum": ["sum"]}, "where": {"maxItems": 0}}, "required": ["measure"]}
    return [{"if": count, "else": of}, {"if": less, "then": whole}]


def _is(name: str, values: Any) -> Schema:
    return {"properties": {name: {"enum": list(values)}}, "required": [name]}


def _of_type(type_: Type) -> list[Schema]:
    """Operators with their values, of a value of this type."""
    allowed, value = ALLOWED[type_], VALUES[type_]
    many = {"type": "array", "items": value, "minItems": 1}
    pair = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
    forms = (
        (("in", "not_in", "has_any", "has_all"), many),
        (("between",), pair),
        (("eq", "ne", "contains", "starts", "gt", "ge", "lt", "le"), value),
    )
    found = []
    for ops, wanted in forms:
        if fitting := [op for op in ops if op in allowed]:
            found.append({"properties": {"op": {"enum": fitting}, "value": wanted}, "required": ["op", "value"]})
    if set(BLANK) <= set(allowed):
        found.append({"properties": {"op": {"enum": BLANK}, "value": {"type": "null"}}, "required": ["op"]})
    return found


def _free() -> list[Schema]:
    """The same of a property or custom field that nobody declared: the value says how it is read."""
    found = [one for type_ in ("number", "flag", "list", "text") for one in _of_type(type_)]
    ordered = [op for op in ORDERED if op != "between"]
    days = {"type": "array", "items": DAY, "minItems": 2, "maxItems": 2}
    found.append({"properties": {"op": {"enum": ordered}, "value": DAY}, "required": ["op", "value"]})
    found.append({"properties": {"op": {"enum": ["between"]}, "value": days}, "required": ["op", "value"]})
    return found
