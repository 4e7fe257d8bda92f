"""Tags are told apart by a key: VIP, vip and ＶＩＰ, once three tags, become the one that was there first."""

import unicodedata

from django.db import migrations, models

import zhiji.flow.profile.models

PARTS = """
    UPDATE profile_portrait AS portrait SET {column} = (
        SELECT jsonb_object_agg(part, told) FROM (
            SELECT coalesce(word.after, each.key) AS part, max(each.value::text::bigint) AS told
            FROM jsonb_each(portrait.{column}) AS each LEFT JOIN word ON word.before = each.key
            GROUP BY 1
        ) AS parts
    )
    WHERE portrait.{column} ?| ARRAY(SELECT before FROM word)
"""


def key(text):
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()[:40]


def merge(apps, schema_editor):
    tags = apps.get_model("profile", "Tag")
    first, renamed = {}, []
    with schema_editor.connection.cursor() as cursor:
        for tag in tags.objects.order_by("id"):
            wanted = key(tag.name)
            if wanted != tag.name:
                renamed.append((f"tag:{tag.name}", f"tag:{wanted}"))
            if wanted in first:
                cursor.execute(
                    "INSERT INTO profile_tagging (tag_id, customer_id, by, at)"
                    " SELECT %s, customer_id, by, at FROM profile_tagging WHERE tag_id = %s"
                    " ON CONFLICT (tag_id, customer_id) DO UPDATE SET at = least(profile_tagging.at, EXCLUDED.at)",
                    [first[wanted], tag.id],
                )
                cursor.execute("DELETE FROM profile_tagging WHERE tag_id = %s", [tag.id])
                cursor.execute("DELETE FROM profile_tag WHERE id = %s", [tag.id])
            else:
                first[wanted] = tag.id
                cursor.execute("UPDATE profile_tag SET key = %s WHERE id = %s", [wanted, tag.id])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if not renamed:
            return
        cursor.execute("CREATE TEMP TABLE word (before text PRIMARY KEY, after text) ON COMMIT DROP")
        cursor.executemany("INSERT INTO word VALUES (%s, %s)", renamed)
        cursor.execute(PARTS.format(column="stamps"))
        cursor.execute(PARTS.format(column="since"))
        cursor.execute("UPDATE profile_past AS past SET part = word.after FROM word WHERE word.before = past.part")


class Migration(migrations.Migration):
    dependencies = [("profile", "0003_masks_hide")]

    operations = [
        migrations.AddField(
            "tag", "key", zhiji.flow.profile.models.TagKey(max_length=40, null=True, unique=True), preserve_default=True
        ),
        migrations.RunPython(merge, migrations.RunPython.noop),
        migrations.AlterField("tag", "key", zhiji.flow.profile.models.TagKey(max_length=40, unique=True)),
    ]
