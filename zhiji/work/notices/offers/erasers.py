"""What notices forget of an erased customer: their values, and what mentions them in others."""

from django.db.models import TextField
from django.db.models.functions import Cast

from zhiji.access.erasing import Eraser, Person, rows_of
from zhiji.work.notices.models import Notice


def _forget(person: Person) -> None:
    rows_of(Notice, person.ids).update(values={})
    mentioning = Notice.objects.annotate(text=Cast("values", TextField())).filter(text__iregex=person.named)
    rows = list(mentioning)
    for one in rows:
        one.values = person.without(one.values)
    Notice.objects.bulk_update(rows, ["values"], batch_size=500)


OFFERS = (Eraser(_forget, Notice, frozenset({"values"}), frozenset({"kind", "subject", "key", "bundle"})),)
