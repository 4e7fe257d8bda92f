"""What is forgotten of a portrait: all but the region, the owner and what orders added up to."""

from urllib.parse import unquote_plus

from zhiji.access.erasing import Eraser, Person, deleted, emptied
from zhiji.flow.profile.models import (
    Consent,
    ContactPoint,
    Measures,
    Past,
    Portrait,
    SealedValue,
    SearchKey,
    Sight,
    Tag,
    Tagging,
)
from zhiji.records.models import SavedView


def _views(person: Person) -> None:
    """A list that was kept to find just them."""
    for view in SavedView.objects.iterator():
        told = f"{view.name}\n{unquote_plus(view.query)}"
        if person.without(told) != told:
            view.delete()


def _tags(person: Person) -> None:
    """A word that names them and was put on nobody else."""
    for tag in Tag.objects.filter(name__iregex=person.named):
        if not Tagging.objects.filter(tag=tag).exists():
            tag.delete()


OFFERS = (
    emptied(
        Portrait,
        keeps=["region", "birthday_calendar"],
        name="",
        name_key="",
        gender="",
        birthday=None,
        city="",
        attributes={},
        stamps={},
        since={},
    ),
    emptied(Sight),
    emptied(Measures, keeps=["favourite_category", "favourite_store"]),
    deleted(ContactPoint),
    deleted(SealedValue),
    deleted(Consent),
    deleted(Tagging),
    deleted(Past),
    deleted(SearchKey),
    Eraser(_views),
    Eraser(_tags),
)
