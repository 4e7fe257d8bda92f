"""Identities that files brought in clear although they are phone numbers or e-mail addresses become stand-ins.

So the tracking door, which kept them so from the first, and files mean the same customer. Where both were met, they are
two customers so far: the pipeline is told that they are one.
"""

from django.db import migrations

LIKELY = "key LIKE '%%@%%' OR key LIKE '%%＠%%' OR length(regexp_replace(key, '\\D', '', 'g')) >= 8"


def renamed(key):
    """The key as it is kept now."""
    from zhiji.access.privacy import person_id

    namespace, _, value = key.partition(":")
    return f"{namespace}:{person_id(value)}"


def disguise(apps, schema_editor):
    from zhiji.kernel.facts import message_key

    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT key, customer_id FROM resolve_identity WHERE {LIKELY} ORDER BY first_seen_at, key")
        changed = [(key, new, customer) for key, customer in cursor.fetchall() if (new := renamed(key)) != key]
        for key, new, customer in changed:
            cursor.execute("SELECT customer_id FROM resolve_identity WHERE key = %s", [new])
            there = cursor.fetchone()
            if there is None:
                cursor.execute("UPDATE resolve_identity SET key = %s WHERE key = %s", [new, key])
            elif there[0] == customer:
                cursor.execute("DELETE FROM resolve_identity WHERE key = %s", [key])
            else:
                former = f"former:{new}:{customer}"
                cursor.execute("UPDATE resolve_identity SET key = %s WHERE key = %s", [former, key])
                cursor.execute(
                    "INSERT INTO kernel_accepted (message_key, name, occurred_at, identity, also, properties)"
                    " VALUES (%s, 'identity_aliased', now(), %s, %s, '{}')",
                    [message_key("former identity", former), new, former],
                )
        for column in ("identity", "also"):
            cursor.execute(
                f"SELECT DISTINCT {column} FROM kernel_accepted"
                f" WHERE {column} IS NOT NULL AND ({LIKELY.replace('key', column)})"
            )
            for (key,) in cursor.fetchall():
                if renamed(key) != key and not key.startswith("former:"):
                    cursor.execute(
                        f"UPDATE kernel_accepted SET {column} = %s WHERE {column} = %s", [renamed(key), key]
                    )


class Migration(migrations.Migration):
    dependencies = [("resolve", "0002_roots"), ("kernel", "0002_inbox_vacuum")]

    operations = [migrations.RunPython(disguise, migrations.RunPython.noop)]
