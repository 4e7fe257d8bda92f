"""The database remembers which master key it was sealed with: that of its first start, or of the start after this step."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zhiji.access.mark import mark_of


def mark(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("access", "MasterMark").objects.create(mark=mark_of(settings.MASTER_KEY))


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="MasterMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.BinaryField()),
            ],
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
