"""Portraits keep the values of custom fields."""

from django.db import connection

from zhiji.flow.profile.models import Portrait
from zhiji.records.store import Store


def _holds(key: str) -> bool:
    return Portrait.objects.filter(merged=False, attributes__has_key=key).exists()


def _doubled(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM profile_portrait WHERE NOT merged AND attributes ? %(key)s"
            " GROUP BY attributes -> %(key)s HAVING count(*) > 1 LIMIT 1",
            {"key": key},
        )
        return cursor.fetchone() is not None


OFFERS = (Store(_holds, _doubled),)
