"""What the history in the lake forgets of an erased customer: the traits that tell who it was."""

from collections.abc import Sequence

from zhiji.flow.profile.actions.erasure import Eraser
from zhiji.kernel import lake


def run(customer_ids: Sequence[int]) -> None:
    """Rewrite the rows that give traits; the files with the former ones go when the lake is tidied."""
    found = lake.table()
    if found is not None:
        ids = ", ".join(str(int(one)) for one in customer_ids)
        found.update(
            predicate=f"name IN ('customer_identified', 'attributes_changed') AND customer_id IN ({ids})",
            updates={"properties": "'{}'"},
        )


OFFERS = (Eraser("lake", run),)
