"""Who meets at the locks of segments, schemes and builds."""

from typing import Any

from zhiji.access.models import AuditLine
from zhiji.config.tests.house import BUYERS, CLASSES, TWICE
from zhiji.config.tests.races.racing import Race
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.builds.full_build import BUILDING
from zhiji.flow.segment.models import Build, Scheme, Segment
from zhiji.kernel import clock, pipeline
from zhiji.kernel.alone import alone


def _segment() -> Segment:
    return actions.create_segment(by=None, key="buyers", name="a", condition=BUYERS)


def two_edit_one_segment() -> Race:
    """Each condition is a version of its own, and the second line tells what the first wrote."""
    segment = _segment()

    def then(first: Any, second: Any) -> None:
        assert (first.version, second.version) == (2, 3), second
        assert AuditLine.objects.order_by("-id")[0].detail["before"]["condition"] == first.condition

    return Race(
        lambda: actions.edit_segment(by=None, segment=segment, condition=TWICE),
        lambda: actions.edit_segment(by=None, segment=segment, condition={**TWICE, "value": 3}),
        then,
    )


def two_edit_one_scheme() -> Race:
    scheme = actions.create_scheme(by=None, key="life", name="a", classes=CLASSES)

    def edited(name: str) -> Scheme:
        return actions.edit_scheme(
            by=None, scheme=scheme, classes=[{**one, "name": name + one["name"]} for one in CLASSES]
        )

    def then(first: Any, second: Any) -> None:
        assert (first.version, second.version) == (2, 3), second

    return Race(lambda: edited("乙"), lambda: edited("丙"), then)


def a_build_while_its_definition_is_edited() -> Race:
    """It waits for the edit, and doesn't write the members of the condition that was."""
    segment = _segment()

    def then(first: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        segment.refresh_from_db()
        assert (segment.version, segment.condition) == (2, first.condition)
        assert segment.built_at is not None, "it is built again, by what it is now"

    return Race(
        lambda: actions.edit_segment(by=None, segment=segment, condition=TWICE),
        lambda: actions.build(clock.now(), segments=["buyers"]),
        then,
    )


def one_archives_while_the_pipeline_follows() -> Race:
    segment = _segment()

    def then(_: Any, second: Any) -> None:
        assert second is None
        segment.refresh_from_db()
        assert (segment.size, segment.archived_at is None) == (0, False)

    return Race(lambda: alone(pipeline.FOLLOWING), lambda: actions.archive_segment(by=None, segment=segment), then)


def a_second_worker_looks_for_builds() -> Race:
    """One builds, the other leaves it to the first."""
    _segment()
    actions.ask_build(by=None, segments=["buyers"])

    def then(_: Any, second: Any) -> None:
        assert second is None
        assert Build.objects.filter(finished_at=None).count() == 1

    return Race(lambda: alone(BUILDING), lambda: build_queue.run_due(clock.now()), then, passes=True)


RACES = {
    "zhiji/flow/segment/actions.py:edit_segment": two_edit_one_segment,
    "zhiji/flow/segment/actions.py:edit_scheme": two_edit_one_scheme,
    "zhiji/flow/segment/builds/full_build.py:_swap_group": a_build_while_its_definition_is_edited,
    "zhiji/flow/segment/live/membership_bitmap.py:forget": one_archives_while_the_pipeline_follows,
    "zhiji/kernel/alone.py:alone a second worker looks for builds": a_second_worker_looks_for_builds,
}
