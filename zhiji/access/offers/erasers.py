"""What is forgotten of a person in the log, its inbox and the lake, in the audit, and in sessions."""

from typing import Any

import orjson
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from zhiji.access.erasing import GONE, Eraser, Person, deleted, rows_of, ways
from zhiji.access.models import AuditLine, CustomerKey
from zhiji.kernel import lake_redacting
from zhiji.kernel.facts import impersonal
from zhiji.kernel.models import Accepted, Fact, SetAside
from zhiji.kernel.registry import is_ours


def _log(person: Person) -> None:
    """The only edit of logged facts there is: what is no figure, moment or thing leaves them."""
    rows = Fact.objects.filter(customer_id__in=person.ids).values_list("id", "name", "properties")
    clean = [(pk, orjson.dumps(impersonal(name, found)).decode()) for pk, name, found in rows if found]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_fact SET properties = told.properties::jsonb"
            " FROM unnest(%s::bigint[], %s::text[]) AS told (id, properties) WHERE kernel_fact.id = told.id",
            [[pk for pk, _ in clean], [text for _, text in clean]],
        )


def _inbox(person: Person) -> None:
    """What waits by one of their identities is theirs: it is logged for the erased customer, without saying who."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, CASE WHEN pg_input_is_valid(properties, 'jsonb') THEN properties ELSE '{}' END"
            " FROM kernel_accepted WHERE customer_id = ANY (%(ids)s)"
            " OR identity = ANY (%(keys)s) OR also = ANY (%(keys)s) FOR UPDATE",
            {"ids": list(person.ids), "keys": list(person.identities)},
        )
        clean = [(pk, orjson.dumps(impersonal(name, orjson.loads(text))).decode()) for pk, name, text in cursor]
        cursor.execute(
            "UPDATE kernel_accepted AS waiting SET sealed = NULL, identity = NULL, also = NULL,"
            " customer_id = coalesce(customer_id, %s), properties = told.properties"
            " FROM unnest(%s::bigint[], %s::text[]) AS told (id, properties) WHERE waiting.id = told.id",
            [person.ids[0], [pk for pk, _ in clean], [text for _, text in clean]],
        )


def _aside(person: Person) -> None:
    """What a stage couldn't take of them, which may name them by an identity only: it isn't tried again."""
    known = list(person.identities)
    theirs = Q(customer_id__in=person.ids) | Q(identity__in=known) | Q(also__in=known)
    SetAside.objects.filter(theirs).delete()


def _lake(person: Person) -> None:
    lake_redacting.redact(person.ids, impersonal)


def _audit(person: Person) -> None:
    """Lines about the person and what is kept of them lose their texts; those that mention them, these texts."""
    for model in apps.get_models():
        if is_ours(model._meta.app_config) and model._meta.managed and ways(model):
            ids = [str(one) for one in rows_of(model, person.ids).values_list("pk", flat=True)]
            lines = AuditLine.objects.filter(object_type=model._meta.label_lower, object_id__in=ids)
            _rewrite(list(lines), _textless)
    mentioning = AuditLine.objects.annotate(text=Cast("detail", TextField()))
    _rewrite(list(mentioning.filter(text__iregex=person.named)), person.without)


def _rewrite(lines: list[AuditLine], cleaned: Any) -> None:
    for line in lines:
        line.detail = cleaned(line.detail)
    AuditLine.objects.bulk_update(lines, ["detail"], batch_size=500)


def _textless(thing: Any) -> Any:
    if isinstance(thing, str):
        return GONE if thing else thing
    if isinstance(thing, dict):
        return {name: _textless(one) for name, one in thing.items()}
    return [_textless(one) for one in thing] if isinstance(thing, list) else thing


def _sessions(person: Person) -> None:
    """Whoever is just told something about the person isn't told it any more."""
    for session in Session.objects.iterator():
        told = session.get_decoded()
        clean = {key: one if key.startswith("_") else person.without(one) for key, one in told.items()}
        if clean != told:
            session.session_data = Session.objects.encode(clean)
            session.save(update_fields=["session_data"])


OFFERS = (
    Eraser(_audit),
    deleted(CustomerKey),
    Eraser(_log, Fact, frozenset({"properties"}), frozenset({"name"})),
    Eraser(_inbox, Accepted, frozenset({"identity", "also", "properties", "sealed"}), frozenset({"name"})),
    Eraser(_aside, SetAside, emptied=None),
    Eraser(_lake),
    Eraser(_sessions),
)
