"""PostgreSQL learns how many customers are roots: without, it takes one in two hundred for one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("resolve", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE STATISTICS resolve_roots ON ((root_id = id)) FROM resolve_customer", "DROP STATISTICS resolve_roots"
        )
    ]
