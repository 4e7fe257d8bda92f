"""Everything that tells who is where, held against the oracle."""

import json
from datetime import datetime
from typing import Any

from zhiji.flow.profile.models import Measures
from zhiji.flow.segment.evaluate import classes, verdicts
from zhiji.flow.segment.models import Classification, Segment, SegmentMembership
from zhiji.flow.segment.tests.folded import people
from zhiji.flow.segment.tests.oracle import Oracle


def compare(oracle: Oracle, now: datetime) -> None:
    """Live membership, full classification, the log replayed and the kept measures, against the oracle."""
    seen = people()
    right = {
        key: {one for one, person in seen.items() if oracle.holds(tree, person, now)}
        for key, tree in oracle.segments.items()
    }
    right_classes = {one: oracle.class_of("plan", person, now) for one, person in seen.items()}
    told = f"{now.isoformat()} {oracle.zone} {json.dumps([oracle.segments, oracle.schemes], ensure_ascii=False)}"
    full = verdicts({key: {"kind": "segment", "segment": key} for key in right}, None, now)
    wrong = {key: full[key] ^ right[key] for key in right if full[key] != right[key]}
    assert not wrong, f"full classification differs of {wrong}: {told}"
    assert classes(["plan"], None, now)["plan"] == right_classes, f"full classes differ: {told}"
    live: dict[str, set[int]] = {key: set() for key in right}
    for key, customer in SegmentMembership.objects.values_list("segment__key", "customer_id"):
        live[key].add(customer)
    wrong = {key: live[key] ^ right[key] for key in right if live[key] != right[key]}
    assert not wrong, f"live membership differs of {wrong}: {told}"
    assert dict(Classification.objects.values_list("customer_id", "scheme_class__key")) == right_classes
    replayed = {key: {one for one, person in seen.items() if _ends_in(person.log, f"segment:{key}")} for key in right}
    wrong = {key: replayed[key] ^ right[key] for key in right if replayed[key] != right[key]}
    assert not wrong, f"the log replayed differs of {wrong}: {told}"
    assert {one: person.log["scheme:plan"][-1][2] for one, person in seen.items()} == right_classes
    assert dict(Segment.objects.values_list("key", "size")) == {key: len(members) for key, members in right.items()}
    kept = {row["customer_id"]: row for row in Measures.objects.values()}
    for one, person in seen.items():
        for name in ("orders_ever", "orders_30d", "amount_90d"):
            assert kept[one][name] == round(oracle.standing(name, person, now) or 0, 2), f"measure {name} differs"


def compare_past(oracle: Oracle, moment: datetime) -> None:
    """What is told of an earlier moment: by the words told up to then, who is who and what is defined being today's."""
    seen = {one: person for one, person in people(until=moment).items() if person.portrait["first_seen_at"]}
    right = {
        key: {one for one, person in seen.items() if oracle.holds(tree, person, moment)}
        for key, tree in oracle.segments.items()
    }
    told = f"{moment.isoformat()} {oracle.zone} {json.dumps([oracle.segments, oracle.schemes], ensure_ascii=False)}"
    for ids in (None, sorted(seen)):
        found = verdicts({key: {"kind": "segment", "segment": key} for key in right}, ids, moment, past=True)
        assert found == right, f"the past differs: {told}"


def _ends_in(log: Any, of: str) -> bool:
    return bool(log.get(of)) and log[of][-1][2] is not None
