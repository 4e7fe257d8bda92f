"""What conditions may ask of follow-up tasks."""

from zhiji.desks.sales.models import Task
from zhiji.flow.segment.conditions.offered import Happened


class TaskCondition(Happened):
    """A follow-up task about the customer was opened, or closed, in the window at least once; of one type, or any."""

    name = "task"
    label = ("跟进任务", "follow-up tasks")
    sentence = ("[{window} ]跟进任务{did}[（类型 {kind}）]", "follow-up task {did}[ of type {kind}][ {window}]")
    outcomes = (("opened", ("已新建", "opened")), ("closed", ("已结束", "closed")))
    of = ("kind", ("类型", "type"))

    def choices(self, field: str) -> list[tuple[str, str]]:
        return [(kind.value, str(kind.label)) for kind in Task.Kind] if field == "kind" else []


OFFERS = (TaskCondition(),)
