"""In a real browser: the builder draws every condition that can be written, however little of it is, and keeps it."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from zhiji.flow.segment.tests.test_documented import EXAMPLES
from zhiji.flow.segment.tests.test_dragging import page as page  # the fixture
from zhiji.flow.segment.tests.test_dragging import pytestmark as pytestmark

DRAWN = """async ([trees, seconds]) => {
  const area = document.querySelector("[name=condition]"), canvas = document.querySelector(".zb-canvas"), wrong = [];
  let error = "";
  addEventListener("unhandledrejection", (event) => { error = String(event.reason); event.preventDefault(); });
  for (const tree of trees) {
    error = "";
    canvas.replaceChildren();
    area.value = JSON.stringify(tree);
    area.dispatchEvent(new Event("change"));
    for (let waited = 0; !canvas.childElementCount && !error && waited < 50 * seconds; waited += 1)
      await new Promise((done) => setTimeout(done, 20));
    if (error || !canvas.childElementCount) wrong.push([JSON.stringify(tree), error || "not drawn"]);
  }
  return wrong;
}"""
ASKED = {json.dumps(tree): tree for _held, tree, _customer in EXAMPLES}
SUM = {"kind": "behaviour", "fact": "order_paid", "measure": "sum", "property": "amount", "op": "ge", "value": 1}


def ticks(page: Page, tree: dict[str, Any]) -> list[str]:
    assert page.evaluate(DRAWN, [[tree], 20]) == []
    return [one for one in page.locator(".zb-canvas label").all_inner_texts() if one.startswith("扣除")]


@pytest.fixture
def builder(page: Page) -> Page:
    page.goto("/segments/new/")
    expect(page.locator(".zb-canvas *").first).to_be_visible(timeout=30_000)
    return page


def test_every_documented_condition_is_drawn(builder: Page) -> None:
    assert len(ASKED) > 70
    assert builder.evaluate(DRAWN, [list(ASKED.values()), 5]) == []


def test_a_fact_named_like_a_part_of_the_language_is_summed_like_any_other(builder: Page) -> None:
    assert ticks(builder, SUM) == ["扣除订单退款"]
    assert ticks(builder, {**SUM, "fact": "constructor", "property": "n"}) == []
