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
        self._lines, self._facts = self._now()

    def since(self) -> tuple[list[tuple[int | None, str, str, str]], Counter[str]]:
        """(user, verb, object type, object id) of each new line, and how many facts of each name."""
        lines, facts = self._now()
        new = [line for pk, line in sorted(lines.items()) if pk not in self._lines]
        return new, Counter(name for key, name in facts.items() if key not in self._facts)

    def _now(self) -> tuple[dict[int, tuple[int | None, str, str, str]], dict[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, user_id, verb, object_type, object_id FROM access_auditline")
            lines = {pk: tuple(line) for pk, *line in cursor.fetchall()}
            cursor.execute(
                " UNION ".join(f"SELECT message_key::text, name FROM kernel_{one}" for one in ("accepted", "fact"))
            )
            return lines, dict(cursor.fetchall())
