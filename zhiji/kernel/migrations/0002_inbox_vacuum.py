"""The inbox is a queue: rows come and go by the thousand, so it is vacuumed by count, not by share, and often.

A long queue table full of dead rows is what slows a pipeline down after a busy hour. Rows that were only put in
need no vacuum, and nobody asks for shares of its values, so it isn't analysed: that would cost a fact accepted as
much as a fifth of its write. The log only grows, so it is analysed and frozen as it grows.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE kernel_accepted SET (autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_insert_threshold = -1,"
            " autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_threshold = 2000000000);"
            "ALTER TABLE kernel_fact SET (autovacuum_vacuum_insert_scale_factor = 0.05,"
            " autovacuum_analyze_scale_factor = 0.02);",
            "ALTER TABLE kernel_accepted RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,"
            " autovacuum_vacuum_insert_threshold, autovacuum_vacuum_cost_delay, autovacuum_analyze_threshold);"
            "ALTER TABLE kernel_fact RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);",
        )
    ]
