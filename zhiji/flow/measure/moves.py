"""How customers moved between the classes of a scheme: the same classification, as of then and as of now."""

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.segment.evaluate import answered
from zhiji.flow.segment.models import Scheme, SchemeClass
from zhiji.flow.segment.world import definitions

SPAN = timedelta(days=30)


def class_moves(as_of: datetime) -> list[dict[str, Any]]:
    """Per scheme, how many customers were in which class SPAN ago and are in which other one now."""
    schemes = tuple(Scheme.objects.order_by("id").values_list("key", flat=True))
    if not schemes:
        return []
    pairs = _then_and_now(schemes, as_of)
    names = {(one.scheme.key, one.key): one for one in SchemeClass.objects.select_related("scheme")}
    found = []
    for scheme in schemes:
        counted = pairs.group_by([f"then:{scheme}", f"now:{scheme}"]).aggregate([([], "count_all")])
        for source, target, customers in zip(*(counted.column(n).to_pylist() for n in range(3)), strict=True):
            if source == target or (scheme, source) not in names or (scheme, target) not in names:
                continue
            before, after = names[scheme, source], names[scheme, target]
            found.append(
                {
                    "scheme": scheme,
                    "from_key": source,
                    "from_name": before.name,
                    "from_colour": before.colour,
                    "to_key": target,
                    "to_name": after.name,
                    "to_colour": after.colour,
                    "customers": customers,
                    "order": [before.position, after.position],
                }
            )
    return sorted(found, key=lambda move: (move["scheme"], move["order"]))


def moved(scheme: str, source: str, target: str, as_of: datetime, limit: int = 10_000) -> list[int]:
    """Root ids of those who were in class `source` SPAN ago and are in `target` now, at most `limit`."""
    if not SchemeClass.objects.filter(scheme__key=scheme, key__in=[source, target]).exists():
        return []
    pairs = _then_and_now((scheme,), as_of)
    both = pc.and_(pc.equal(pairs[f"then:{scheme}"], source), pc.equal(pairs[f"now:{scheme}"], target))
    ids: list[int] = pairs.column("id").filter(both)[:limit].to_pylist()
    return ids


def _then_and_now(schemes: tuple[str, ...], as_of: datetime) -> pa.Table:
    """Columns id, then:<scheme>, now:<scheme>, a row for each root."""
    statement = definitions().statement({}, schemes)
    sides = []
    for side, moment in (("then", as_of - SPAN), ("now", as_of)):
        answer = answered(statement, None, moment)
        sides.append(
            pa.table({"id": answer["id"], **{f"{side}:{key}": answer[f"c:{key}"].cast(pa.string()) for key in schemes}})
        )
    return sides[0].join(sides[1], "id", join_type="inner")
