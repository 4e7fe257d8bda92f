from django.db import migrations


class Migration(migrations.Migration):
    """Saved views are kept with those of every other list."""

    dependencies = [("profile", "0007_fields_held"), ("records", "0002_lists")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO records_savedview (kind, user_id, name, query, created_at)"
            " SELECT 'customers', user_id, name, query, created_at FROM profile_savedview ORDER BY id",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("SavedView"),
    ]
