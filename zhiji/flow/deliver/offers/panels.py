from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.deliver import queries, reasons
from zhiji.flow.deliver.channel import channels
from zhiji.flow.profile.panel import Panel

SHOWN = 8


def _messages(customer_id: int, user: User) -> dict[str, Any]:
    rows, known = queries.last_messages(customer_id), {one.key: one for one in channels()}
    for row in rows:
        row.colour = reasons.COLOURS[row.state]  # type: ignore[attr-defined]
        row.why = reasons.words(row)  # type: ignore[attr-defined]
        row.over = known.get(row.channel)  # type: ignore[attr-defined]
    return {
        "messages": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "customer_id": customer_id,
        "may_write": may(user, "messages:write"),
    }


OFFERS = [Panel(_("触达"), 30, "deliver/_panel.html", _messages, "messages:read")]
