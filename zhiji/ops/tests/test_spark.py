"""Spark gives the rows that DuckDB gives: a real master and two workers, the same Delta files, the whole language."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.test import override_settings

from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.definitions import measures
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.slices import answered
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import SCENES, Scene
from zhiji.flow.segment.tests.trees import KINDS
from zhiji.kernel import spark
from zhiji.ops.cluster import cluster, missing
from zhiji.ops.commands.spark_demo import same_rows

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.skipif(missing() is not None, reason=f"SPARK IS NOT TESTED: {missing()}"),
]
AT_ONCE = 10
# Of so few rows, planning and compiling are all the work.
SMALL = "?spark.sql.shuffle.partitions=2&spark.sql.codegen.wholeStage=false"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("spark")) as address:
        yield address + SMALL
        spark.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Random histories, half of them in the lake, with merged customers, segments, schemes and cut points."""
    zone, moments = SCENES[0]
    forget_lake()
    with override_settings(TIME_ZONE=zone):
        yield Scene(Random("spark"), zone, moments, 60)
    forget_lake()


def test_spark_answers_as_duckdb_does_whatever_is_asked(address: str, scene: Scene, settings: Any) -> None:
    trees = [tree for kind in KINDS for tree in scene.trees(1, [kind])]
    for statement in _statements(scene, trees):
        settings.ENGINE = "duckdb"
        here = answered(statement, None, scene.moments[1])
        settings.ENGINE = address
        there = answered(statement, None, scene.moments[1])
        assert same_rows(here, there)
        assert here.num_rows == len(scene.people)


def _statements(scene: Scene, trees: list[dict[str, Any]]) -> Iterator[Statement]:
    """Every definition of the scene with the measures, then the trees, some at a time."""
    known = definitions()
    yield known.statement({key: one.node for key, one in known.segments.items()}, tuple(known.schemes))
    yield measures.statement(known.world)
    for first in range(0, len(trees), AT_ONCE):
        chunk = {str(at): parse(tree) for at, tree in enumerate(trees[first : first + AT_ONCE])}
        yield known.statement(chunk, with_leaves=True)
