"""What leads to imports."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.collect.models import ImportRun
from zhiji.work.subject import Seen, Subject


def _seen(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    if not may(user, "sources:read"):
        return {}
    rows = ImportRun.objects.filter(pk__in=ids)
    return {one.pk: Seen(one.name, reverse("import_run", args=[one.pk])) for one in rows}


OFFERS = (Subject("collect.importrun", _seen),)
