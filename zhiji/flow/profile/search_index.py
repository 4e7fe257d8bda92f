"""Search keys in bulk."""

from collections.abc import Collection, Mapping

from django.db import connection

from zhiji.flow.profile.names import search_keys


def keep(names: Mapping[int, str]) -> None:
    """Write the search keys of {root: name}, those of a former name dropped."""
    fresh = {root: search_keys(name) for root, name in names.items()}
    roots = [root for root, keys in fresh.items() for _ in keys]
    keys = [key for found in fresh.values() for key in found]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM profile_searchkey AS old WHERE customer_id = ANY (%s) AND NOT EXISTS (SELECT FROM"
            " unnest(%s::bigint[], %s::text[]) AS fresh(root, key)"
            " WHERE fresh.root = old.customer_id AND fresh.key = old.key)",
            [list(fresh), roots, keys],
        )
        cursor.execute(
            "INSERT INTO profile_searchkey (customer_id, key) SELECT * FROM unnest(%s::bigint[], %s::text[])"
            " ON CONFLICT DO NOTHING",
            [roots, keys],
        )


def drop(roots: Collection[int]) -> None:
    """Nobody is found under these any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM profile_searchkey WHERE customer_id = ANY (%s)", [list(roots)])
