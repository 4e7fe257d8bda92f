"""A portrait is made with its sight, whoever makes it; and both leave room on their pages for their next version.

A batch of facts changes as many portraits as it has customers: with room beside it, and no index that holds what
changed, the new version of a row stays where the old one was.
"""

from django.db import migrations

MADE = """
CREATE FUNCTION profile_sighted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_sight (customer_id, at) SELECT customer_id, last_seen_at FROM made
    ON CONFLICT (customer_id) DO UPDATE SET at = EXCLUDED.at;
    RETURN NULL;
END $$;
CREATE TRIGGER profile_sighted AFTER INSERT ON profile_portrait REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION profile_sighted();
"""
ROOM = """
ALTER TABLE profile_portrait SET (fillfactor = 80);
ALTER TABLE profile_sight SET (fillfactor = 80);
"""


class Migration(migrations.Migration):
    dependencies = [("profile", "0001_initial")]

    operations = [
        migrations.RunSQL(
            MADE, "DROP TRIGGER profile_sighted ON profile_portrait; DROP FUNCTION profile_sighted()"
        ),
        migrations.RunSQL(
            ROOM, "ALTER TABLE profile_portrait RESET (fillfactor); ALTER TABLE profile_sight RESET (fillfactor)"
        ),
    ]
