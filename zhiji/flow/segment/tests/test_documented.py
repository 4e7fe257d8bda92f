"""The examples of docs/conditions.md are true: by the engine of a few and of everybody, and by the oracle."""

import json
import re
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.tests.oracle import Fact, Oracle, Person
from zhiji.kernel import lake
from zhiji.kernel.models import Fact as Kept

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).resolve().parents[4] / "docs/conditions.md").read_text("utf-8")
ZONE = ZoneInfo("Asia/Shanghai")
NOW = "2026-05-20T12:00"
EXAMPLES = [
    (held == "yes", json.loads(tree), json.loads(customer))
    for held, tree, customer in re.findall(r"^\| (yes|no) \| `(.+?)` \| `(.+?)` \|$", TEXT, re.M)
]
REFUSED = re.findall(r"^\| `(\{.+\})` \| `(\$\S*)` \| (.+?) \|$", TEXT, re.M)
GIVEN = {
    "name": "", "gender": "", "region": "", "city": "", "birthday": None, "birthday_calendar": "solar", "priority": 0,
    "registered_at": None, "attributes": {},
}  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def read(customer: dict[str, Any]) -> tuple[datetime, list[Fact], dict[str, Any]]:
    """The moment it is asked at, the facts, and what is given of the customer."""
    given = {**GIVEN, **{name: value for name, value in customer.items() if name not in ("now", "facts")}}
    assert set(given) == set(GIVEN)
    if given["birthday"]:
        given["birthday"] = date.fromisoformat(given["birthday"])
    if given["registered_at"]:
        given["registered_at"] = local(given["registered_at"])
    facts = [Fact(name, local(at), properties) for name, at, properties in customer.get("facts", ())]
    return local(customer.get("now", NOW)), facts, given


def kept(facts: list[Fact], given: dict[str, Any]) -> int:
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    Portrait.objects.create(customer_id=row.pk, **given)
    for one in facts:
        told = {"occurred_at": one.at, "received_at": one.at, "properties": one.properties}
        Kept.objects.create(message_key=uuid4(), name=one.name, customer_id=row.pk, **told)
    return row.pk


@pytest.mark.parametrize("read_from", ["log", "lake"])
def test_the_engine_answers_every_example_as_it_is_written(read_from: str) -> None:
    assert len(EXAMPLES) > 110
    asked: dict[datetime, dict[str, tuple[int, bool, Any]]] = defaultdict(dict)
    for number, (held, tree, customer) in enumerate(EXAMPLES):
        now, facts, given = read(customer)
        asked[now][str(number)] = (kept(facts, given), held, tree)
    if read_from == "lake":
        lake.drain()
    wrong = []
    for now, some in asked.items():
        trees = {key: tree for key, (_pk, _held, tree) in some.items()}
        for ids in ([pk for pk, _held, _tree in some.values()], None):
            found = verdicts(trees, ids, now)
            wrong += [(tree, held) for key, (pk, held, tree) in some.items() if (pk in found[key]) != held]
    assert wrong == []


def test_the_oracle_answers_every_example_as_it_is_written() -> None:
    oracle = Oracle({}, {}, {}, ZONE.key)
    for held, tree, customer in EXAMPLES:
        now, facts, given = read(customer)
        attributes = given.pop("attributes")
        person = Person(1, facts, given, attributes)
        assert oracle.holds(tree, person, now) == held, (tree, customer)


def test_what_is_said_to_be_refused_is_refused_with_these_words() -> None:
    assert len(REFUSED) >= 8
    for tree, path, why in REFUSED:
        with pytest.raises(ConditionError) as error, translation.override("en"):
            parse(json.loads(tree))
        with translation.override("en"):
            assert (error.value.path, error.value.reason) == (path, why)
