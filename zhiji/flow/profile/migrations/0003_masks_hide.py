"""Masks that showed all of a short value hide some of it, as masks made from now on do.

How long a value is shows in its ciphertext: 28 bytes longer. A number that may have been written without its country
code is taken for the shorter of the two, so that rather too little is shown.
"""

from django.db import migrations, models

PHONES = """
    UPDATE profile_contactpoint SET masked = left(masked, shown - tail_shown) || '****' || right(masked, tail_shown),
        tail_digest = CASE WHEN tail_shown = 4 THEN tail_digest ELSE '' END
    FROM (
        SELECT id AS point, shown, least(4, shown) AS tail_shown FROM (
            SELECT id, greatest(0, least(7, octet_length(ciphertext) - 28
                - CASE WHEN masked LIKE '+%' THEN 1 ELSE 3 END - 4)) AS shown
            FROM profile_contactpoint WHERE kind = 'phone'
        ) AS every WHERE shown < 7
    ) AS short WHERE id = point
"""
EMAILS = """
    UPDATE profile_contactpoint SET masked = '***@' || split_part(masked, '@', 2)
    WHERE kind = 'email'
        AND octet_length(ciphertext) - 28 - 1 - octet_length(split_part(masked, '@', 2)) < 3
"""
ADDRESSES = """
    UPDATE profile_contactpoint SET masked = left(masked, (octet_length(ciphertext) - 28) / 6) || '****'
    WHERE kind = 'address' AND (octet_length(ciphertext) - 28) / 6 < 6
"""
TAILS = "UPDATE profile_contactpoint SET tail_digest = '' WHERE kind <> 'phone'"

# Rows that were written twice wait to be checked, and no table is altered while some do.
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


class Migration(migrations.Migration):
    dependencies = [("profile", "0002_sight")]

    operations = [
        *(migrations.RunSQL(one, migrations.RunSQL.noop) for one in (PHONES, EMAILS, ADDRESSES, TAILS, CHECKED)),
        migrations.RemoveField("contactpoint", "tail"),
        migrations.AlterField(
            "contactpoint",
            "tail_digest",
            models.BinaryField(help_text="keyed digest of a phone's last four; empty where it has no such tail"),
        ),
    ]
