"""A few customers with facts, and who of them a condition holds for: asked of a few, and of everybody."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.evaluate import verdicts
from zhiji.kernel.models import Fact

NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)  # noon in Shanghai, a Wednesday


def person(name: str, *facts: tuple[str, str] | tuple[str, str, dict[str, Any]], **portrait: Any) -> int:
    """A customer with facts as (name, moment in UTC, properties). Returns the root's id."""
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    Portrait.objects.create(customer_id=row.pk, name=name, **portrait)
    for fact in facts:
        at = datetime.fromisoformat(fact[1]).replace(tzinfo=UTC)
        properties = fact[2] if len(fact) == 3 else {}
        Fact.objects.create(
            message_key=uuid4(), name=fact[0], customer_id=row.pk, occurred_at=at, received_at=at, properties=properties
        )
    return row.pk


def who(tree: dict[str, Any], as_of: datetime = NOW) -> set[str]:
    """The names of those for whom it holds."""
    names = dict(Portrait.objects.values_list("customer_id", "name"))
    some = verdicts({"it": tree}, list(names), as_of)["it"]
    assert some == verdicts({"it": tree}, None, as_of)["it"]
    return {names[one] for one in some}
