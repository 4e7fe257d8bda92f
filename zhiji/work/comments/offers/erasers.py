"""What comments forget of an erased customer: those about them or theirs lose all words, others what mentions them."""

from zhiji.access.erasing import GONE, Eraser, Person, rows_of
from zhiji.work.comments.models import Comment


def _forget(person: Person) -> None:
    rows_of(Comment, person.ids).exclude(text="").update(text=GONE)
    rows = list(Comment.objects.filter(text__iregex=person.named))
    for one in rows:
        one.text = person.without(one.text)
    Comment.objects.bulk_update(rows, ["text"], batch_size=500)


OFFERS = (Eraser(_forget, Comment, frozenset({"text"}), frozenset({"subject"})),)
