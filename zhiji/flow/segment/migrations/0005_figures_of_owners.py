"""Figures over the customers of one owner, beside those over everybody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("segment", "0004_troubles"),
    ]

    operations = [
        migrations.AddField(
            "figure",
            "owner",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint("figure", "figure_once"),
        migrations.AddConstraint(
            "figure",
            models.UniqueConstraint(fields=["kind", "key", "owner"], name="figure_once", nulls_distinct=False),
        ),
    ]
