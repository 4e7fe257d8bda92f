"""Random conditions about what a customer is."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from zhiji.flow.segment.tests.trees.doing import NUMBER_OPS, ORDERLY, Doing, Tree
from zhiji.flow.segment.tests.vocabulary import CHANNELS, DAYS, REGIONS, TAGS

PLACES = ("华东", "华北", "港澳台", "浙江", "浙江/杭州", "浙江/宁波", "北京/北京", "四川")


class Being(Doing):
    """Draws conditions about attributes, dates, membership and standing; `schemes` maps a key to its class keys."""

    segments: Sequence[str] = ()
    schemes: Mapping[str, Sequence[str]] = {}
    ranks: Sequence[Tree] = ()

    def attribute(self) -> Tree:
        draw = self.some(
            self.text_attribute, self.day_attribute, self.custom_attribute, self.custom_attribute, self.place
        )
        return {"kind": "attribute", **draw()}

    def text_attribute(self) -> Tree:
        region = [self.some(*REGIONS) for _ in range(3)]
        return self.some(
            {"name": "region", "op": self.some("eq", "ne"), "value": region[0]},
            {"name": "region", "op": self.some("in", "not_in"), "value": region},
            {"name": self.some("region", "city"), "op": self.some("empty", "not_empty")},
            {"name": "city", "op": self.some("contains", "starts"), "value": self.some("京", "北", "杭州")},
            {"name": "priority", "op": self.some(*NUMBER_OPS), "value": self.some(0, 1, 2)},
            {"name": "owner", "op": self.some("eq", "ne"), "value": self.some("bob", "sue")},
            {"name": "owner", "op": self.some("empty", "not_empty")},
            {"name": "birthday_calendar", "op": "eq", "value": "lunar"},
        )

    def day_attribute(self) -> Tree:
        day = (self.now - timedelta(days=self.random.randint(-1, 400))).isoformat()
        later = (self.now - timedelta(days=self.random.randint(-30, 5))).isoformat()
        sight = self.some("registered_at", "first_seen_at", "last_seen_at")
        return self.some(
            {"name": "birthday", "op": self.some(*ORDERLY), "value": self.some(*DAYS)},
            {"name": "birthday", "op": "between", "value": ["1980-02-29", "1995-10-01"]},
            {"name": "birthday", "op": self.some("empty", "not_empty")},
            {"name": sight, "op": self.some("gt", "ge", "lt", "le"), "value": day},
            {"name": sight, "op": "lt", "value": f"{day}T12:00:00+00:00"},
            {"name": sight, "op": "between", "value": sorted([day, later])},
        )

    def custom_attribute(self) -> Tree:
        words = [self.some("摄影", "跑步", "it's") for _ in range(2)]
        return self.some(
            {"name": "attributes.shoe", "op": self.some(*ORDERLY), "value": self.some(41, 41.5)},
            {"name": "attributes.shoe", "op": self.some("eq", "ne"), "value": "41"},
            {"name": "attributes.member", "op": self.some("eq", "ne"), "value": self.some(True, False)},
            {"name": "attributes.wedding", "op": self.some("ge", "lt", "gt"), "value": self.some(*DAYS)},
            {"name": "attributes.wedding", "op": "between", "value": ["1980-01-01", "2024-02-29"]},
            {"name": "attributes.wedding", "op": self.some("eq", "ne"), "value": self.some(*DAYS), "type": "date"},
            {"name": "attributes.wedding", "op": self.some("empty", "not_empty"), "type": "date"},
            {"name": "attributes.hobbies", "op": self.some("has_any", "has_all"), "value": words},
            {"name": "attributes.hobbies", "op": "contains", "value": words[0], "type": "list"},
            {"name": "attributes.hobbies", "op": self.some("empty", "not_empty"), "type": "list"},
            {"name": "attributes.level", "op": self.some("in", "not_in"), "value": ["金", "银"]},
            {"name": "attributes.level", "op": self.some("empty", "not_empty")},
        )

    def place(self) -> Tree:
        places = [self.some(*PLACES) for _ in range(self.random.randint(1, 3))]
        return {"name": "place", "op": self.some("in", "in", "not_in"), "value": places}

    def anniversary(self) -> Tree:
        before = self.some(0, 1, 7, 30, 100)
        return {
            "kind": "anniversary",
            "attribute": self.some("birthday", "birthday", "attributes.wedding", "registered_at", "first_seen_at"),
            "calendar": self.some("own", "own", "solar", "lunar"),
            "before": before,
            "after": self.some(0, 0, 1, 7, 30, 200),
        }

    def elapsed(self) -> Tree:
        unit = self.some("days", "weeks", "months", "years")
        value = {"days": (0, 1, 30, 365), "weeks": (1, 4, 52), "months": (0, 1, 12), "years": (0, 1, 18, 31, 46)}[unit]
        return {
            "kind": "elapsed",
            "attribute": self.some("birthday", "attributes.wedding", "registered_at", "last_seen_at"),
            "op": self.some(*NUMBER_OPS),
            "value": self.some(*value),
            "unit": unit,
            "direction": self.some("since", "since", "since", "until"),
        }

    def score(self) -> Tree:
        measure = self.some("recency", "frequency", "monetary")
        return {"kind": "score", "measure": measure, "op": self.some(*NUMBER_OPS), "value": self.random.randint(1, 5)}

    def rank(self) -> Tree:
        return self.random.choice(self.ranks)

    def held(self) -> Tree | None:
        return (
            {"op": self.some("ge", "gt", "le", "lt", "eq"), "value": self.some(0, 1, 3, 30)}
            if self.maybe(0.4)
            else None
        )

    def member(self) -> Tree:
        held: dict[str, Any] = {"held": held} if (held := self.held()) else {}
        return {"kind": "segment", "segment": self.some(*self.segments), **held}

    def in_class(self) -> Tree:
        scheme = self.some(*self.schemes)
        known = list(self.schemes[scheme])
        classes = self.random.sample(known, self.random.randint(1, len(known) - 1))
        extra: dict[str, Any] = {"held": held} if (held := self.held()) else {}
        if self.maybe(0.3):
            extra["previous"] = self.random.sample(known, self.random.randint(1, len(known) - 1))
        return {"kind": "class", "scheme": scheme, "classes": classes, **extra}

    def tag(self) -> Tree:
        return {"kind": "tag", "tag": self.some(*TAGS, "VIP", "ｖｉｐ")}

    def consent(self) -> Tree:
        purpose = self.some("marketing", "marketing", "service")
        return {
            "kind": "consent",
            "channel": self.some(*CHANNELS),
            "purpose": purpose,
            "granted": self.some(True, False),
        }

    def bucket(self) -> Tree:
        of = self.some(2, 10, 100)
        first = self.random.randint(1, of)
        return {
            "kind": "bucket",
            "salt": self.some("a", "盐"),
            "of": of,
            "from": first,
            "to": self.random.randint(first, of),
        }

    def offered(self) -> Tree:
        window = {"window": self.length()} if self.maybe(0.5) else {}
        if self.maybe(0.5):
            offer = {"offer": self.some("满百减十", "新人券")} if self.maybe(0.5) else {}
            return {
                "kind": "offered",
                "name": "coupon",
                "with": {"did": self.some("issued", "redeemed"), **offer, **window},
            }
        rule = {"rule": self.some("welcome", "win-back")} if self.maybe(0.5) else {}
        return {"kind": "offered", "name": "message", "with": {"did": self.some("sent", "opened"), **rule, **window}}
