"""The published JSON schema (2020-12) of the language: enough for a stranger to write trees."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.fitting import rules
from zhiji.flow.segment.conditions.offered import OfferedCondition, conditions_offered

INTRODUCTION = (
    "A yes/no question about a customer at a moment (as_of), as a tree. Facts dated after the moment never count."
    " Days, weeks, months and years go by the workspace's zone; a window is half open: (as_of - window, as_of]."
    " A field left out has its default; null is the same as left out."
)
FIELDS: dict[str, str] = {
    "kind": "What kind of condition it is.",
    "fact": "The name of a fact, such as order_paid.",
    "where": "Filters that a fact must pass, all of them.",
    "window": "Which moments count; null is ever.",
    "op": "eq, ne, gt, ge, lt, le compare; in, not_in take a list; between [a, b] includes both; contains and starts"
    " look inside texts, contains for an element of a list; has_any and has_all take a list; empty and not_empty take"
    " no value. ne and not_in hold where nothing is known, too; every other is false there.",
    "value": "What it is compared with, as fits the operator: a number, a text, true, false, a day YYYY-MM-DD, a list.",
    "measure": "What is made of the facts. Of none, count, sum and distinct are 0; the others are missing.",
    "property": "The name of a property of the fact, such as amount.",
    "less": "From a sum without filters: take off what facts of this name sum up to, such as order_refunded.",
    "unit": "The unit of time.",
    "within": "At most this far apart.",
    "same": "A property that all of these facts must share, such as product_id.",
    "attribute": f"A dated portrait column, or {CUSTOM}<custom field>.",
    "scheme": "The key of a scheme of classes.",
    "classes": "Keys of classes; one of them is enough.",
    "held": "For how many whole days it has been so.",
    "previous": "Keys of classes; the class before was one of them.",
    "segment": "The key of a segment.",
    "tag": "The tag's name.",
    "share": "A share of the customers ranked: 0.2 is a fifth; between takes two.",
    "times": "Multiplied with this.",
    "per": "Divided by this.",
    "last": "So many units, counted back.",
    "ending": "Ends so many units ago.",
    "since": "The first day, included.",
    "until": "The last day, included.",
    "this": "The calendar period that holds the moment, up to the moment.",
    "of": "The conditions of the group.",
    "any": "At least one of these filters passes.",
    "all": "All of these filters pass.",
    "not": "This filter doesn't pass.",
    "after": "After the first or last fact of a name, such as the first order.",
    "before": "Before the first or last fact of a name.",
    "which": "The first or the last one ever.",
    "steps": "The facts in their order.",
    "without": "The fact that didn't follow.",
    "quiet": "So long without one.",
    "channel": "Such as email, sms or phone.",
    "purpose": "What for.",
    "granted": "true: allowed; false: refused.",
    "Window.previous": "So many whole calendar periods before the one that holds the moment.",
    "Not.of": "The condition that mustn't hold.",
    "Attribute.name": f"A portrait column, place, or {CUSTOM}<custom field>.",
    "Attribute.type": "How a custom field is read; null: as the value's type says.",
    "Nth.n": "1 is the first that ever happened.",
    "Regular.at_least": "In so many of the units at least.",
    "Regular.of": "So many units are looked at, counted back.",
    "Stopped.before": "The stretch before the quiet one.",
    "Stopped.times": "So many times at least before it stopped.",
    "Resumed.recent": "The stretch in which there is one again.",
    "Anniversary.calendar": "own: the customer's birthday calendar for birthday, solar else.",
    "Anniversary.before": "So many days ahead.",
    "Anniversary.after": "So many days ago.",
    "Elapsed.direction": "since: from the day to today; until: from today to the day.",
    "Rank.measure": "A named measure, or one made of facts.",
    "Rank.op": "top, bottom; between counts from the top.",
    "Rank.within": "Ranked among those with the same value of an attribute, or in the same class of a scheme.",
    "Score.measure": "Recency of the last order, orders in 365 days, or their amount.",
    "Bucket.salt": "Another salt is another draw.",
    "Bucket.from": "The first bucket.",
    "Bucket.to": "The last bucket, included.",
    "Bucket.of": "So many buckets of equal size.",
    "Offered.name": "Which of the offered conditions.",
}
ORDER: dict[str, Any] = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 3}
EXAMPLES: dict[str, list[Any]] = {
    "all": [{"kind": "all", "of": [{"kind": "tag", "tag": "vip"}, ORDER]}],
    "not": [{"kind": "not", "of": {"kind": "tag", "tag": "vip"}}],
    "attribute": [{"kind": "attribute", "name": "place", "op": "in", "value": ["华东", "浙江/杭州"]}],
    "behaviour": [
        {**ORDER, "window": {"last": 90, "unit": "days"}},
        {
            "kind": "behaviour", "fact": "order_paid", "measure": "sum", "property": "amount",
            "window": {"this": "month"}, "op": "lt",
            "value": {
                "fact": "order_paid", "measure": "sum", "property": "amount",
                "window": {"previous": 6, "unit": "months"}, "times": 0.5, "per": 6,
            },
        },
    ],
    "absence": [
        {
            "kind": "absence", "fact": "cart_added", "within": {"last": 2, "unit": "hours"},
            "without": {"fact": "order_paid"}, "window": {"last": 3, "unit": "days"},
        }
    ],
    "sequence": [
        {
            "kind": "sequence", "steps": [{"fact": "product_viewed"}, {"fact": "cart_added"}],
            "within": {"last": 3, "unit": "days"}, "same": "product_id",
        }
    ],
    "anniversary": [{"kind": "anniversary", "attribute": "birthday", "calendar": "lunar", "before": 7}],
    "rank": [{"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.2, "within": {"attribute": "region"}}],
}  # fmt: skip


def schema(condition: Any, kinds: Mapping[str, type]) -> dict[str, Any]:
    """The schema of `condition`, the union of `kinds`."""
    made = msgspec.json.schema(condition)
    parts = made.pop("$defs")
    named = {kind.__name__: tag for tag, kind in kinds.items()}
    for name, one in parts.items():
        _describe(one, named.get(name, ""))
        if asked := rules(name):
            one["allOf"] = asked
    if "Offered" in parts:
        _describe_offers(parts["Offered"])
    parts["Condition"] = {"title": "Condition", "description": INTRODUCTION, **made}
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/Condition", "$defs": parts}
    return {name: _short(one, made["anyOf"]) if name == "$defs" else one for name, one in whole.items()}


def _describe(one: dict[str, Any], kind: str) -> None:
    """Tidy a struct's docstring, tell its fields, give examples."""
    if "description" in one:
        one["description"] = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(one["description"]))
    for name, field in one.get("properties", {}).items():
        if told := FIELDS.get(f"{one['title']}.{name}") or FIELDS.get(name):
            field.setdefault("description", told)
        if kind and name in ("name", "attribute") and kind in ("attribute", "anniversary", "elapsed"):
            known = [key for key, known in ATTRIBUTES.items() if kind == "attribute" or known.type in ("date", "time")]
            field.update(anyOf=[{"enum": known}, {"pattern": rf"^{re.escape(CUSTOM)}[\s\S]"}])
    if kind in EXAMPLES:
        one["examples"] = EXAMPLES[kind]


def _describe_offers(one: dict[str, Any]) -> None:
    """Which conditions other apps offer, and the fields of each."""
    offers = conditions_offered()
    one["properties"]["name"]["enum"] = list(offers)
    one["properties"]["with"]["description"] = " ".join(_offer(offer) for offer in offers.values())


def _offer(offer: OfferedCondition) -> str:
    fields = []
    for field in offer.fields:
        choices = f" ({', '.join(key for key, _label in field.choices)})" if field.choices else f" ({field.type})"
        fields.append(f"{field.name}{choices}{'' if field.required else ', or left out'}")
    return f"{offer.name}: {inspect.getdoc(type(offer)) or offer.label[1]} Fields: {'; '.join(fields)}."


def _short(part: Any, union: list[Any]) -> Any:
    """The union of all kinds by one reference wherever it stands, but for its own definition."""
    if isinstance(part, list):
        return [_short(one, union) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("anyOf") == union and "title" not in part:
        kept = {name: one for name, one in part.items() if name not in ("anyOf", "discriminator")}
        return {**kept, "$ref": "#/$defs/Condition"}
    return {name: one if name == "examples" else _short(one, union) for name, one in part.items()}
