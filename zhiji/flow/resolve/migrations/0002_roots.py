"""PostgreSQL learns how many customers are roots: without, it takes one in two hundred for one. Those who are merged
into others, few, are found by an index of their own.
"""

from django.db import migrations

ROOTS = "CREATE STATISTICS resolve_roots ON ((root_id = id)) FROM resolve_customer"
MERGED = "CREATE INDEX resolve_merged ON resolve_customer (root_id) WHERE id <> root_id"


class Migration(migrations.Migration):
    dependencies = [("resolve", "0001_initial")]
    operations = [
        migrations.RunSQL(ROOTS, "DROP STATISTICS resolve_roots"),
        migrations.RunSQL(MERGED, "DROP INDEX resolve_merged"),
    ]
