"""The lake kept quick: small files merged by name, clustered by customer, and files that nobody reads deleted."""

from datetime import datetime

import structlog
from deltalake import DeltaTable

from zhiji.kernel import lake
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.lake_folders import KEEP_HOURS, told_by_log
from zhiji.kernel.models import Watermark

log = structlog.get_logger()
MOST_FILES = 12


def tidy(now: datetime) -> dict[str, int]:
    """Merge the small files of every fact name, clustered by customer, and delete files nobody reads any more.

    Deleted are files that no version of the last KEEP_HOURS needs, and what the table's own log told of them. Appends
    go on meanwhile. A name whose files can't be read is left as it is.
    """
    found = lake.table()
    if found is None:
        return {"clustered": 0, "removed": 0}
    if not told_by_log().items() <= found.metadata().configuration.items():
        found.alter.set_table_properties(told_by_log())  # it was made before
    clustered = 0
    for name in _names(found):
        if len(found.file_uris(partition_filters=[("name", "=", name)])) > MOST_FILES:
            clustered += _cluster(found, name)
    found.create_checkpoint()
    found.cleanup_metadata()
    removed = found.vacuum(retention_hours=KEEP_HOURS, dry_run=False, enforce_retention_duration=False)
    Watermark.objects.update_or_create(name="lake.tidied", defaults={"at": now})
    return {"clustered": clustered, "removed": len(removed)}


def _names(found: DeltaTable) -> list[str]:
    return sorted({one["name"] for one in found.partitions()})


def _cluster(found: DeltaTable, name: str) -> bool:
    try:
        found.optimize.z_order(["customer_id"], partition_filters=[("name", "=", name)])
    except Exception as error:
        if of_the_house(error):
            raise
        log.exception("the files of a fact name can't be merged", name=name)
        return False
    return True
