"""On the customer's page: the rules this customer came into."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.act import queries
from zhiji.flow.act.presentation import COLOURS, because, state_words, why
from zhiji.flow.act.queries import entries_of_customer
from zhiji.flow.act.triggers import names
from zhiji.flow.profile.panel import Panel


def context(customer_id: int, user: User) -> dict[str, Any]:
    found = entries_of_customer(customer_id)
    if not found:
        return {}
    known, words = names(), state_words()
    secret = {one.pk: queries.secret(one, user) for one in {entry.rule for entry in found}}
    return {
        "entries": [
            {
                "entry": entry,
                "why": why(entry, known),
                "because": "" if secret[entry.rule_id] else because(entry),
                "state": words[entry.state],
                "colour": COLOURS[entry.state],
            }
            for entry in found
        ]
    }


OFFERS = (Panel(_("联动"), 40, "act/panel.html", context, "rules:read"),)
