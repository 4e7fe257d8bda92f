"""What the whole database holds, so that a refusal can be shown to have changed nothing."""

from collections import Counter

from django.db import connection

LEFT_OUT = {"django_session", "django_migrations", "access_cache"}
LEFT_OUT_COLUMNS = {"access_apitoken": "last_used_at", "access_user": "last_login"}
"""What any sign-in or call may touch."""


def written() -> dict[str, int]:
    """How many rows of each table this transaction has written until now, also such as it has taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {name: count for name, count in cursor.fetchall() if name not in LEFT_OUT}


def digests(tables: set[str] | None = None) -> dict[str, str]:
    """Of each table what it holds, as one short text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = {name for (name,) in cursor.fetchall()} - LEFT_OUT
        wanted = sorted(names if tables is None else names & tables)
        if not wanted:
            return {}
        cursor.execute(" UNION ALL ".join(_digest(name) for name in wanted))
        return dict(cursor.fetchall())


def _digest(name: str) -> str:
    row = f"to_jsonb(t) - '{LEFT_OUT_COLUMNS[name]}'" if name in LEFT_OUT_COLUMNS else "t"
    return (
        f"""SELECT '{name}', coalesce(md5(string_agg(({row})::text, '|' ORDER BY ({row})::text)), '') FROM "{name}" t"""
    )


class Told:
    """The audit lines and facts that came since."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT max(id) FROM access_auditline), (SELECT max(id) FROM kernel_accepted)")
            self._line, self._fact = (newest or 0 for newest in cursor.fetchone())

    def since(self) -> tuple[list[tuple[int | None, str, str, str]], Counter[str]]:
        """(user, verb, object type, object id) of each new line, and how many facts of each name."""
        columns = "user_id, verb, object_type, object_id"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM access_auditline WHERE id > %s ORDER BY id", [self._line])
            lines = cursor.fetchall()
            cursor.execute("SELECT name FROM kernel_accepted WHERE id > %s", [self._fact])
            return lines, Counter(name for (name,) in cursor.fetchall())
