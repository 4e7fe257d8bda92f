"""Products and stores: what a file or an order says of them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.files.staging import stage


@transaction.atomic
def record_products(*, rows: pa.Table, by: User | None) -> int:
    """Make or mend products from columns id, name, category, department, brand. Returns how many changed."""
    require(by, "sources:write")
    with connection.cursor() as cursor:
        stage(cursor, "staged_product", rows)
        cursor.execute(
            """
            INSERT INTO commerce_product (external_id, name, category, department, brand)
            SELECT DISTINCT ON (id) id, name, coalesce(category, ''), coalesce(department, ''), coalesce(brand, '')
            FROM staged_product ORDER BY id, _row DESC
            ON CONFLICT (external_id) DO UPDATE SET name = EXCLUDED.name,
                category = coalesce(nullif(EXCLUDED.category, ''), commerce_product.category),
                department = coalesce(nullif(EXCLUDED.department, ''), commerce_product.department),
                brand = coalesce(nullif(EXCLUDED.brand, ''), commerce_product.brand)
            WHERE commerce_product.name <> EXCLUDED.name
               OR EXCLUDED.category NOT IN ('', commerce_product.category)
               OR EXCLUDED.department NOT IN ('', commerce_product.department)
               OR EXCLUDED.brand NOT IN ('', commerce_product.brand)
            """
        )
        return int(cursor.rowcount)


@transaction.atomic
def record_stores(*, rows: pa.Table, by: User | None) -> int:
    """Make or mend stores from columns id, name, region. Returns how many changed."""
    require(by, "sources:write")
    with connection.cursor() as cursor:
        stage(cursor, "staged_store", rows)
        cursor.execute(
            """
            INSERT INTO commerce_store (external_id, name, region)
            SELECT DISTINCT ON (id) id, name, coalesce(region, '') FROM staged_store ORDER BY id, _row DESC
            ON CONFLICT (external_id) DO UPDATE SET name = EXCLUDED.name,
                region = coalesce(nullif(EXCLUDED.region, ''), commerce_store.region)
            WHERE commerce_store.name <> EXCLUDED.name OR EXCLUDED.region NOT IN ('', commerce_store.region)
            """
        )
        return int(cursor.rowcount)


def unknown_stores(cursor: Any, named: Sequence[str]) -> None:
    """Make the stores that orders name and nobody has described yet."""
    cursor.execute(
        """
        INSERT INTO commerce_store (external_id, name)
        SELECT store, store
        FROM (SELECT unnest(%s::text[]) EXCEPT SELECT external_id FROM commerce_store
              EXCEPT SELECT name FROM commerce_store) AS unknown (store)
        ON CONFLICT (external_id) DO NOTHING
        """,
        [list(named)],
    )


def called_stores(cursor: Any) -> dict[str, tuple[int, str]]:
    """{code or name: (id, name)} of every store; a code goes before a name."""
    cursor.execute("SELECT id, external_id, name FROM commerce_store ORDER BY id")
    found = cursor.fetchall()
    by_name = {name: (id_, name) for id_, _, name in reversed(found)}
    return by_name | {code: (id_, name) for id_, code, name in found}
