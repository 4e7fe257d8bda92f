"""Why a metric couldn't be computed when it was last tried."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("measure", "0001_initial")]

    operations = [
        migrations.AddField("snapshot", "tried_at", models.DateTimeField(null=True)),
        migrations.AddField("snapshot", "trouble", models.TextField(blank=True, db_default="")),
        migrations.AlterField("snapshot", "data", models.JSONField(null=True)),
    ]
