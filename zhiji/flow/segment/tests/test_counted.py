"""A draft is counted among those whose attributes don't rule them out; the answer is that of everybody asked."""

from random import Random
from typing import Any

import pytest
from django.test import override_settings

from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import evaluate
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.engine import slices
from zhiji.flow.segment.engine.customers import Only, population
from zhiji.flow.segment.tests.asked import NOW, person
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import SCENES, Scene
from zhiji.flow.segment.world import definitions
from zhiji.kernel import lake

pytestmark = pytest.mark.django_db

BOUGHT = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}


def says(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"kind": "attribute", "name": name, "op": op, "value": value}


def every(*of: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "all", "of": list(of)}


def texts(tree: dict[str, Any]) -> dict[str, set[str]]:
    return {name: set(some) for name, some in parse(tree).texts().items()}


def test_what_all_conditions_say_of_an_attribute_is_narrowed_down() -> None:
    east = says("place", "in", ["华东"])
    assert texts(every(BOUGHT, east, says("region", "in", ["浙江", "四川"]))) == {"region": {"浙江"}}
    assert texts(says("place", "in", ["浙江/杭州", "华南"])) == {"region": {"浙江", "广东", "广西", "海南"}}
    assert texts(says("attributes.level", "eq", "gold")) == {"attributes.level": {"gold"}}


def test_either_of_two_conditions_narrows_only_by_what_both_say() -> None:
    women = every(says("gender", "eq", "female"), says("region", "eq", "浙江"))
    assert texts({"kind": "any", "of": [women, says("region", "eq", "上海")]}) == {"region": {"浙江", "上海"}}
    assert texts({"kind": "any", "of": [women, BOUGHT]}) == {}


@pytest.mark.parametrize(
    "tree",
    [
        {"kind": "not", "of": says("region", "eq", "浙江")},
        says("region", "ne", "浙江"),
        says("region", "empty", None),
        says("region", "starts", "浙"),
        says("priority", "eq", 3),
        says("place", "not_in", ["华东"]),
        BOUGHT,
    ],
)
def test_what_other_customers_may_be_narrows_nothing(tree: dict[str, Any]) -> None:
    assert texts(tree) == {}


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
    needs = definitions().statement(evaluate.parsed({"it": BOUGHT})).needs
    few, many = (
        slices.everyone(needs, NOW, only=Only({"region": {region}}, population()))["fact:order_paid"]
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


def test_nobody_has_a_text_that_can_not_be_stored() -> None:
    person("a", region="浙江")
    assert evaluate.preview(says("name", "eq", "a\0"), NOW).count == 0
    assert evaluate.preview(says("name", "in", ["a\0", "a"]), NOW).count == 1


@pytest.mark.parametrize("scene", range(0, len(SCENES), 3))
def test_a_count_is_the_oracles_whatever_the_tree(scene: int) -> None:
    zone, moments = SCENES[scene]
    forget_lake()
    with override_settings(TIME_ZONE=zone):
        house = Scene(Random(f"counted {scene}"), zone, moments, 60)
        narrow = [
            says("region", "eq", "浙江"),
            says("region", "in", ["上海", "浙江", "四川"]),
            says("city", "eq", "杭州"),
        ]
        trees = [every(house.random.choice(narrow), tree) for tree in house.trees(20)] + house.trees(10)
        for tree in trees:
            as_of = house.random.choice(house.moments)
            right = {one.id for one in house.people if house.oracle.holds(tree, one, as_of)}
            found = evaluate.preview(tree, as_of, sample=len(house.people))
            assert (set(found.sample), found.count, found.population) == (right, len(right), 60), tree
    forget_lake()
