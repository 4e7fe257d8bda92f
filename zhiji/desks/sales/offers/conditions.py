"""What conditions may ask of follow-up tasks."""

from collections.abc import Mapping
from typing import Any

from zhiji.desks.sales.models import Task
from zhiji.flow.segment.conditions.offered import OfferedCondition, OfferedField


class TaskCondition(OfferedCondition):
    """A follow-up task about the customer was opened, or closed, in the window at least once; of one type, or any."""

    name = "task"
    label = ("跟进任务", "follow-up tasks")
    sentence = ("[{window} ]跟进任务{did}[（类型 {kind}）]", "follow-up task {did}[ of type {kind}][ {window}]")
    fields = (
        OfferedField(
            "did",
            ("结果", "what happened"),
            "choice",
            required=True,
            choices=(("opened", ("已新建", "opened")), ("closed", ("已结束", "closed"))),
        ),
        OfferedField("kind", ("类型", "type")),
        OfferedField("window", ("时间范围", "window"), "window"),
    )

    def expand(self, given: Mapping[str, Any]) -> Any:
        kind = given.get("kind")
        return {
            "kind": "behaviour",
            "fact": f"task_{given['did']}",
            "where": [{"property": "kind", "op": "eq", "value": kind}] if kind else [],
            "window": given.get("window"),
            "op": "ge",
            "value": 1,
        }

    def choices(self, field: str) -> list[tuple[str, str]]:
        return [(kind.value, str(kind.label)) for kind in Task.Kind] if field == "kind" else []


OFFERS = (TaskCondition(),)
