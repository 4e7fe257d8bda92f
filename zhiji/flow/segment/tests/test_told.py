"""Whoever asked for a file or a build hears that it is ready, and nobody else."""

import pytest

from zhiji.access.models import User
from zhiji.flow.segment import actions, export
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.models import MemberExport, Segment
from zhiji.flow.segment.tests.shop import BUYERS, bought
from zhiji.kernel import clock
from zhiji.work.notices import queries

pytestmark = pytest.mark.django_db


def test_a_build_is_told_to_who_asked_once_it_is_done(mona: User, alice: User) -> None:
    bought({"Ann": 1})
    actions.create_segment(by=mona, key="buyers", name="买家", condition=BUYERS)
    actions.ask_build(by=mona, segments=["buyers"])
    actions.ask_build(by=None, segments=["buyers"])
    assert queries.lines(mona).rows == []
    build_queue.run_due(clock.now())
    (line,) = queries.lines(mona).rows
    assert (line.text, line.things[0].url) == ("您要的计算完成了", "/segments/buyers/")
    assert queries.lines(alice).rows == []


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_file_is_told_to_who_asked_and_one_that_was_called_off_is_not(mona: User, cancelled: bool) -> None:
    bought({"Ann": 1})
    actions.create_segment(by=None, key="buyers", name="买家", condition=BUYERS)
    segment = Segment.objects.get()
    asked = export.ask(by=mona, segment=segment, query="", columns=[], form="csv", language="zh-hans")
    if cancelled:
        export.cancel(by=mona, asked=asked)
    export.write(asked.pk, clock.now())
    said = [(line.text, line.things[0].name) for line in queries.lines(mona).rows]
    assert said == ([] if cancelled else [("导出好了，共 0 行；保留 7 天", "买家")])
    assert MemberExport.objects.get().state == ("cancelled" if cancelled else "done")
