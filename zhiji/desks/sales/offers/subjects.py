"""What leads to tasks: those that a user sees."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from zhiji.access.models import User
from zhiji.desks.sales.queries import visible_tasks
from zhiji.work.subject import Seen, Subject


def _seen(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    here = reverse("tasks")
    found = visible_tasks(user).filter(pk__in=ids).values_list("pk", "title")
    return {pk: Seen(title, f"{here}#task-{pk}") for pk, title in found}


OFFERS = (Subject("sales.task", _seen),)
