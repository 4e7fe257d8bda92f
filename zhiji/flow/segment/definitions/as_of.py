"""The definitions as they are, with the cut points that were published at a past moment."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.definitions.registry import Definitions
from zhiji.flow.segment.models import CutPoints


def then(known: Definitions, as_of: datetime) -> Definitions:
    """These definitions with the newest points published up to `as_of`; a measure not published by then has none."""
    newest = CutPoints.objects.filter(published_at__lte=as_of).order_by("measure", "-version").distinct("measure")
    cuts = {one.measure: one.points for one in newest}
    return known if cuts == known.cuts else replace(known, cuts=cuts)


def asked_then(known: Definitions, nodes: Iterable[Node], schemes: Iterable[str], as_of: datetime) -> Definitions:
    """`then`, of trees and schemes that read cut points; else the definitions as they are."""
    cuts = any(known.reads(node).cuts for node in nodes) or any(known.scheme_reads(key).cuts for key in schemes)
    return then(known, as_of) if cuts else known


def publications(names: Iterable[str], since: datetime, until: datetime) -> list[datetime]:
    """When points of these measures were published in (since, until], ascending."""
    found = CutPoints.objects.filter(measure__in=list(names), published_at__gt=since, published_at__lte=until)
    return sorted(set(found.values_list("published_at", flat=True)))
