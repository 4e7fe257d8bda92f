"""What conditions may ask of messages."""

from collections.abc import Mapping
from typing import Any

from zhiji.flow.act.models import Rule
from zhiji.flow.segment.conditions.offered import OfferedCondition, OfferedField


class MessageCondition(OfferedCondition):
    """A message was sent to the customer, opened, clicked or bounced at least once in the window; of a rule, or any."""

    name = "message"
    label = ("邮件触达", "messages")
    sentence = ("[{window} ]邮件{did}[（规则 {rule}）]", "message {did}[ by rule {rule}][ {window}]")
    fields = (
        OfferedField(
            "did",
            ("结果", "what happened"),
            "choice",
            required=True,
            choices=(
                ("sent", ("已发送", "sent")),
                ("opened", ("被打开", "opened")),
                ("clicked", ("被点击", "clicked")),
                ("bounced", ("被退回", "bounced")),
            ),
        ),
        OfferedField("rule", ("规则", "rule")),
        OfferedField("window", ("时间范围", "window"), "window"),
    )

    def expand(self, given: Mapping[str, Any]) -> Any:
        rule = given.get("rule")
        return {
            "kind": "behaviour",
            "fact": f"message_{given['did']}",
            "where": [{"property": "rule", "op": "eq", "value": rule}] if rule else [],
            "window": given.get("window"),
            "op": "ge",
            "value": 1,
        }

    def choices(self, field: str) -> list[tuple[str, str]]:
        if field != "rule":
            return []
        return list(Rule.objects.filter(archived_at=None).order_by("name").values_list("key", "name")[:500])


OFFERS = (MessageCondition(),)
