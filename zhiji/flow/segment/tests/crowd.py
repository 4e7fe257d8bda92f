"""Many random customers written into the house at once, past the pipeline: half to the lake, half not there yet."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth import get_user_model
from django.db import connection

from zhiji.flow.profile.models import Consent, Portrait, Tag, Tagging
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.engine import resident
from zhiji.flow.segment.models import BlockChange, Scheme, SchemeClass, Segment, SingleChange
from zhiji.flow.segment.tests.oracle import Person
from zhiji.flow.segment.tests.vocabulary import TAGS
from zhiji.kernel import lake


def forget_lake() -> None:
    """Throw the lake's table away, and what is in memory of it."""
    shutil.rmtree(Path(lake.url()), ignore_errors=True)
    resident._kept.clear()


def settle_in(people: list[Person], random: Random) -> None:
    """Write them; every fourth has a second customer merged into it, for whom some facts were recorded."""
    spare = max(one.id for one in people)
    members: dict[int, list[int]] = {}
    for person in people:
        members[person.id] = [person.id]
        if random.random() < 0.25:
            spare += 1
            members[person.id].append(spare)
    Customer.objects.bulk_create(Customer(id=one, root_id=root) for root, all_ in members.items() for one in all_)
    _portraits(people)
    _words(people)
    rows = [(random.choice(members[person.id]), fact) for person in people for fact in person.facts]
    random.shuffle(rows)
    half = len(rows) // 2
    _facts(rows[:half], random)
    lake.drain()
    _facts(rows[half:], random)


def _portraits(people: list[Person]) -> None:
    users = get_user_model().objects
    owners = {name: users.create_user(username=name, password="correct horse battery").pk for name in ("bob", "sue")}
    Portrait.objects.bulk_create(
        Portrait(
            customer_id=one.id,
            attributes=one.attributes,
            owner_id=owners.get(one.portrait["owner"]),
            **{name: value for name, value in one.portrait.items() if name != "owner"},
        )
        for one in people
    )


def _words(people: list[Person]) -> None:
    tags = {name: Tag.objects.create(name=name).pk for name in TAGS}
    Tagging.objects.bulk_create(
        Tagging(customer_id=one.id, tag_id=tags[name], by="test", at=datetime.now().astimezone())
        for one in people
        for name in one.tags
    )
    Consent.objects.bulk_create(
        Consent(customer_id=one.id, channel=channel, purpose=purpose, granted=granted)
        for one in people
        for (channel, purpose), granted in one.consents.items()
    )


def _facts(rows: Iterable[tuple[int, Any]], random: Random) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY kernel_fact (message_key, name, customer_id, occurred_at, received_at, properties) FROM STDIN"
        ) as copy,
    ):
        for customer, fact in rows:
            key = UUID(int=random.getrandbits(128))
            properties = orjson.dumps(fact.properties).decode()
            copy.write_row((key, fact.name, customer, fact.at, fact.at, properties))


def write_log(people: list[Person]) -> None:
    """Write everybody's membership log, and nothing else of it."""
    BlockChange.objects.all().delete()
    SingleChange.objects.all().delete()
    segments = dict(Segment.objects.values_list("key", "pk"))
    schemes = dict(Scheme.objects.values_list("key", "pk"))
    classes = {(one.scheme_id, one.key): one.pk for one in SchemeClass.objects.all()}
    rows = []
    for person in people:
        for of, lines in person.log.items():
            kind, _, key = of.partition(":")
            for at, before, after in lines:
                row = SingleChange(at=at, customer_id=person.id, cause="build")
                if kind == "segment":
                    row.segment_id, row.entered = segments[key], after is not None
                else:
                    row.scheme_id = schemes[key]
                    row.from_class_id = classes.get((row.scheme_id, before))
                    row.to_class_id = classes.get((row.scheme_id, after))
                rows.append(row)
    SingleChange.objects.bulk_create(rows)
