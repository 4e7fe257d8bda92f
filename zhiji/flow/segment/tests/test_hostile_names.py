"""Whatever a fact, a property or an attribute is called, a condition on it means the same to every engine."""

from datetime import UTC, datetime
from typing import Any

import pytest

from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment.evaluate import preview, verdicts
from zhiji.kernel import clock, lake
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, tzinfo=UTC)
NAMES = [
    "身高/体重", "a.b", "..", ".", "%2F", "100%", "%s", 'a"b', '"', '" AS x, 1 AS "y', "it's", "';--", "a b", " lead",
    "😀", "长" * 300, "שלום", "\u202eabc", "-lead", "constructor", "__proto__", "a,b", "=1+1", "<b>x</b>", "a[0]", "$",
    "$.a", "$.*", "*", "#", "/a", "~0", "~1", "a:b", "a\nb", "a\tb", "\\", "\\n", "`", "{{x}}", "{0}", "null", "0",
    "id", "customer_id", "name", "occurred_at", "properties",
]  # fmt: skip


@pytest.fixture
def one() -> int:
    """A customer with a fact of every name, and a property and an attribute of every name; beside one who has none."""
    every: dict[str, Any] = dict.fromkeys(NAMES, "v")
    facts = [NewFact(name, MAY, "test", f"of {name}", {"n": 1}, identity="user:one") for name in NAMES]
    facts.append(NewFact("told", MAY, "test", "all", every, identity="user:one"))
    facts += [NewFact("told", MAY, "test", "none", {"other": "v"}, identity="user:two")]
    record(facts)
    run_once()
    found = Portrait.objects.order_by("customer_id").first()
    assert found is not None
    Portrait.objects.filter(pk=found.pk).update(attributes=every)
    return int(found.customer_id)


def conditions() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    count = {"kind": "behaviour", "measure": "count", "window": None, "op": "ge", "value": 1}
    for name in NAMES:
        found[f"fact {name}"] = {**count, "fact": name}
        where = [{"property": name, "op": "eq", "value": "v"}]
        found[f"property {name}"] = {**count, "fact": "told", "where": where}
        found[f"attribute {name}"] = {"kind": "attribute", "name": f"attributes.{name}", "op": "eq", "value": "v"}
    return found


@pytest.mark.parametrize("kept", ["log", "lake"])
def test_a_condition_on_any_name_finds_who_has_it(kept: str, one: int) -> None:
    if kept == "lake":
        lake.drain()
    wrong, asked = {}, conditions()
    for what, condition in asked.items():
        try:
            found = preview(condition, clock.now())
            if found.sample != [one] or found.count != 1:
                wrong[what] = str(found)
        except Exception as error:
            wrong[what] = f"{type(error).__name__}: {error}"[:200]
    assert wrong == {}


def test_live_classification_finds_the_same(one: int) -> None:
    assert {what: set(ids) for what, ids in verdicts(conditions(), [one, one + 1], clock.now()).items()} == {
        what: {one} for what in conditions()
    }
