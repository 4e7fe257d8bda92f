"""A draft is counted among those whose attributes don't rule them out; the answer is that of everybody asked."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.test import override_settings

from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import evaluate
from zhiji.flow.segment.conditions import ConditionError, parse, plain
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine import slices
from zhiji.flow.segment.engine.customers import Only, roots
from zhiji.flow.segment.tests.asked import NOW, person
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import SCENES, Scene
from zhiji.kernel import lake

pytestmark = pytest.mark.django_db

BOUGHT = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}


def says(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"kind": "attribute", "name": name, "op": op, "value": value}


def every(*of: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "all", "of": list(of)}


def implied(tree: dict[str, Any]) -> Any:
    """What attributes say of those for whom it holds, as a tree."""
    found = parse(tree).implied()
    return None if found is None else plain(found)


LIVES, WOMAN, RICH = says("place", "in", ["华东"]), says("gender", "eq", "female"), says("attributes.points", "ge", 9)


def test_what_any_of_all_conditions_says_of_attributes_is_implied() -> None:
    assert implied(every(BOUGHT, LIVES, every(RICH, BOUGHT))) == every(LIVES, every(RICH))
    assert implied(BOUGHT) is None


def test_what_both_of_two_conditions_say_of_attributes_is_implied() -> None:
    either = {"kind": "any", "of": [every(BOUGHT, WOMAN), RICH]}
    assert implied(either) == {"kind": "any", "of": [every(WOMAN), RICH]}
    assert implied({"kind": "any", "of": [either, BOUGHT]}) is None


@pytest.mark.parametrize(
    "tree",
    [
        {"kind": "not", "of": WOMAN},
        says("region", "ne", "浙江"),
        says("region", "empty", None),
        says("place", "not_in", ["华东"]),
        says("attributes.hobbies", "has_any", ["跑步"]),
    ],
)
def test_what_may_hold_without_a_portrait_implies_nothing(tree: dict[str, Any]) -> None:
    assert implied(tree) is None


def test_facts_of_those_merged_into_one_who_is_meant_count() -> None:
    order = ("order_paid", "2026-05-19T03:00")
    winner, loser = person("a", region="浙江"), person("b", order, region="上海")
    person("c", order, region="上海")
    for _ in range(9):
        person("d")
    Customer.objects.filter(pk=loser).update(root_id=winner)
    found = evaluate.preview(every(BOUGHT, says("region", "eq", "浙江")), NOW)
    assert (found.count, found.population, found.sample) == (1, 11, [winner])


def test_few_customers_narrow_the_facts_and_many_do_not() -> None:
    for region in ("浙江", "上海", "上海", "上海"):
        person(region, region=region)
    trees = {"it": every(BOUGHT, says("region", "eq", "浙江"))}
    needs = definitions().statement(evaluate.parsed(trees)).needs
    few, many = (
        slices.everyone(needs, NOW, only=Only(parse(says("region", "eq", region)), roots()))["fact:order_paid"]
        for region in ("浙江", "上海")
    )
    assert isinstance(few, lake.History) and few.among == "customers"
    assert isinstance(many, lake.History) and many.among is None


def test_one_without_a_portrait_is_counted() -> None:
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    person("a", region="浙江")
    found = evaluate.preview(says("region", "ne", "浙江"), NOW)
    assert (found.count, found.population, found.sample) == (1, 2, [row.pk])


@pytest.mark.parametrize("value", ["a\0", "\ud800"])
def test_a_text_that_can_not_be_stored_is_not_asked_for(value: str) -> None:
    for op, asked in (("eq", value), ("in", ["a", value])):
        with pytest.raises(ConditionError, match="文字里有"):
            evaluate.preview(says("name", op, asked), NOW)


@pytest.mark.parametrize(
    "name,op,value",
    [
        ('attributes.50% "off" ' + "long " * 20, "eq", "a%b"),
        ("attributes.note", "contains", "50%' \\"),
        ("attributes.note", "starts", "it's"),
        ("registered_at", "between", ["2026-01-01", "2026-01-01"]),
        ("birthday", "eq", "1990-02-28"),
        ("attributes.shoe", "eq", 41.5),
        ("attributes.member", "eq", True),
        ("name", "not_empty", None),
    ],
)
def test_the_database_reads_an_attribute_as_the_engine_does(name: str, op: str, value: Any) -> None:
    told: dict[str, Any] = {
        "note": "it's 50%' \\",
        "shoe": "41.50004",
        "member": True,
        name.removeprefix("attributes."): value,
    }
    told |= {"note": "it's 50%' \\", "shoe": "41.50004"}
    at = datetime.fromisoformat("2026-01-01T00:00+08:00")
    meant = person("a", attributes=told, registered_at=at, birthday=date(1990, 2, 28))
    person("", attributes={"note": "50"}, registered_at=at + timedelta(microseconds=1), birthday=date(1990, 3, 1))
    found = evaluate.preview(says(name, op, value), NOW)
    assert (found.sample, found.population) == ([meant], 2)


@pytest.mark.parametrize("scene", range(0, len(SCENES), 3))
def test_a_count_is_the_oracles_whatever_the_tree(scene: int) -> None:
    zone, moments = SCENES[scene]
    forget_lake()
    with override_settings(TIME_ZONE=zone):
        house = Scene(Random(f"counted {scene}"), zone, moments, 60)
        attributes = [tree for tree in house.trees(80, ["attribute"]) if implied(tree)]
        trees = attributes[:30] + [every(house.random.choice(attributes), tree) for tree in house.trees(15)]
        for tree in trees:
            as_of = house.random.choice(house.moments)
            right = {one.id for one in house.people if house.oracle.holds(tree, one, as_of)}
            found = evaluate.preview(tree, as_of, sample=len(house.people))
            assert (set(found.sample), found.count, found.population) == (right, len(right), 60), tree
    forget_lake()
