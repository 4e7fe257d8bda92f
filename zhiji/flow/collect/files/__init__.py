"""The file source: CSV and Parquet of customers, orders, products or any fact, by a mapping.

`run(file, mapping)` is all that others need; a new kind of record is an offer (`record.Record` in an app's
`offers/records.py`).
"""

from zhiji.flow.collect.files.importing import Progress, run
from zhiji.flow.collect.files.mapping import BadMapping, Mapping
from zhiji.flow.collect.files.record import Field, Origin, Record, Refusal, Taken

__all__ = ["BadMapping", "Field", "Mapping", "Origin", "Progress", "Record", "Refusal", "Taken", "run"]
