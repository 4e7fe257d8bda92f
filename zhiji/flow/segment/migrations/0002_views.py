"""Memberships and their log as rows: views of blocks (a bit a customer) joined with the customers.

A customer and its block meet on an indexed expression, so that the views are quick from either side.
"""

from django.db import migrations

INDEX = "CREATE INDEX segment_customer_block ON resolve_customer (((id >> 12)::int));"
HAS = "get_bit({0}.bits, c.id & 4095) = 1"
ENTERED = """
    SELECT l.at, l.why, l.id FROM segment_singlechange l
    WHERE l.customer_id = c.id AND {which} ORDER BY l.at DESC, l.id DESC LIMIT 1
"""
EN_BLOC = f"""
    SELECT n.at FROM segment_blockchange n
    WHERE n.block = b.block AND {{which}} AND {HAS.format("n")} ORDER BY n.at DESC LIMIT 1
"""
MEMBERS = """
CREATE VIEW {name} AS SELECT {columns}, c.id AS customer_id,
    (SELECT greatest((SELECT at FROM ({entered}) s), (SELECT at FROM ({en_bloc}) m))) AS since,
    coalesce(
        (SELECT why FROM ({entered}) s WHERE s.at >= coalesce((SELECT at FROM ({en_bloc}) m), s.at)), '[]'
    ) AS why
FROM segment_block b JOIN resolve_customer c ON (c.id >> 12)::int = b.block
WHERE {which} AND {has};
"""


def members(name: str, columns: str, which: str, single: str, many: str) -> str:
    return MEMBERS.format(
        name=name, columns=columns, which=which, has=HAS.format("b"),
        entered=ENTERED.format(which=single), en_bloc=EN_BLOC.format(which=many),
    )


SEGMENTS = members(
    "segment_segmentmembership", "b.segment_id", "b.segment_id IS NOT NULL",
    "l.segment_id = b.segment_id AND l.entered", "n.segment_id = b.segment_id AND n.entered",
)
CLASSES = members(
    "segment_classification", "b.scheme_id, b.scheme_class_id", "b.scheme_class_id IS NOT NULL",
    "l.scheme_id = b.scheme_id AND l.to_class_id = b.scheme_class_id",
    "n.scheme_id = b.scheme_id AND n.to_class_id = b.scheme_class_id",
)
LOG = f"""
CREATE VIEW segment_membershipchange AS
SELECT id, at, customer_id, segment_id, entered, scheme_id, from_class_id, to_class_id, why, facts,
    cause, version
FROM segment_singlechange
UNION ALL
SELECT -(b.id * 4096 + (c.id & 4095)), b.at, c.id, b.segment_id, b.entered, b.scheme_id, b.from_class_id,
    b.to_class_id, '[]', '{{}}', b.cause, b.version
FROM segment_blockchange b JOIN resolve_customer c ON (c.id >> 12)::int = b.block WHERE {HAS.format("b")};
"""
BACK = """
DROP VIEW segment_membershipchange; DROP VIEW segment_classification; DROP VIEW segment_segmentmembership;
DROP INDEX segment_customer_block;
"""
# A block's row is rewritten in place, within its page, as often as somebody of it comes or goes.
ROOM = """
ALTER TABLE segment_block SET (fillfactor = 60);
"""


class Migration(migrations.Migration):
    dependencies = [("segment", "0001_initial"), ("resolve", "0001_initial")]

    operations = [migrations.RunSQL(INDEX + ROOM + SEGMENTS + CLASSES + LOG, BACK)]
