"""What conditions may ask of messages."""

from zhiji.flow.act.models import Rule
from zhiji.flow.segment.conditions.offered import Happened


class MessageCondition(Happened):
    """A message was sent to the customer, opened, clicked or bounced at least once in the window; of a rule, or any."""

    name = "message"
    label = ("触达", "messages")
    sentence = ("[{window} ]触达{did}[（规则 {rule}）]", "message {did}[ by rule {rule}][ {window}]")
    outcomes = (
        ("sent", ("已发送", "sent")),
        ("opened", ("被打开", "opened")),
        ("clicked", ("被点击", "clicked")),
        ("bounced", ("被退回", "bounced")),
    )
    of = ("rule", ("规则", "rule"))

    def choices(self, field: str) -> list[tuple[str, str]]:
        if field != "rule":
            return []
        return list(Rule.objects.filter(archived_at=None).order_by("name").values_list("key", "name")[:500])


OFFERS = (MessageCondition(),)
