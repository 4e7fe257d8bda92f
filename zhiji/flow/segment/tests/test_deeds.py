"""What each deed on segments, schemes and builds takes, refuses and leaves behind."""

from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.segment import actions
from zhiji.flow.segment.actions import InUse
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.models import Build, Scheme, Segment, SegmentMembership, Trouble
from zhiji.flow.segment.tests.shop import BUYERS, CLASSES, OFTEN, bought
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark

pytestmark = pytest.mark.django_db


def made(key: str = "buyers", **more: Any) -> Segment:
    return actions.create_segment(**{"by": None, "key": key, "name": "买过", "condition": BUYERS, **more})


def scheme(key: str = "plan", **more: Any) -> Scheme:
    return actions.create_scheme(**{"by": None, "key": key, "name": "方案", "classes": CLASSES, **more})


def detail(verb: str) -> dict[str, Any]:
    found: dict[str, Any] = AuditLine.objects.filter(verb=verb).latest("id").detail
    return found


def troubled(of: str) -> None:
    now = clock.now()
    Trouble.objects.create(of=of, since=now, reason="broken", next_try=now)


@pytest.mark.parametrize("key", ["", "Two Words", "大", "buyers"])
def test_a_key_that_is_no_slug_or_taken_is_refused(key: str) -> None:
    made()
    scheme("buyers")
    for make in (made, scheme):
        with pytest.raises(ValueError, match="标识"):
            make(key)
    assert (Segment.objects.count(), Scheme.objects.count()) == (1, 1)


def test_a_segment_is_known_as_soon_as_it_is_made(mark: User) -> None:
    before = definitions()
    one = made(by=mark, name=" 买过 ", description="d")
    assert (one.name, one.description, one.version, one.built_at) == ("买过", "d", 1, None)
    assert "buyers" in definitions().segments and "buyers" not in before.segments
    assert detail("segment created")["condition"] == one.condition
    with pytest.raises(ConditionError):
        made("other", condition={"kind": "segment", "segment": "other"})
    with pytest.raises(ConditionError):
        made("other", condition={"kind": "nothing"})
    assert Segment.objects.count() == 1


def test_another_condition_is_a_new_version_that_is_to_be_built_and_a_new_name_is_not(mark: User) -> None:
    bought({"Ann": 3})
    one = made()
    actions.build(clock.now())
    troubled("segment:buyers")
    renamed = actions.edit_segment(by=mark, segment=one, name="新名", description="d", condition=BUYERS)
    assert (renamed.name, renamed.description, renamed.version) == ("新名", "d", 1)
    assert renamed.built_at is not None and Trouble.objects.exists()
    kept = actions.edit_segment(by=mark, segment=one)
    assert (kept.name, kept.description) == ("新名", "d")
    troubled("segment:other")
    edited = actions.edit_segment(by=mark, segment=one, condition=OFTEN)
    edited.refresh_from_db()
    assert (edited.version, edited.built_at, edited.condition["value"]) == (2, None, 3)
    assert [one.of for one in Trouble.objects.all()] == ["segment:other"]
    told = detail("segment edited")
    assert (told["before"]["condition"]["value"], told["after"]["condition"]["value"]) == (1, 3)
    assert told["before"]["name"] == told["after"]["name"] == "新名"
    assert definitions().segments["buyers"].version == 2
    assert SegmentMembership.objects.count() == 1, "who is in stays until it is built"


def test_an_archived_segment_has_no_members_and_its_trouble_and_builds_are_over(mark: User) -> None:
    bought({"Ann": 1})
    one, other = made(), made("other")
    actions.build(clock.now())
    asked = actions.ask_build(by=None, segments=["buyers"])
    for of in ("segment:buyers", "segment:other"):
        troubled(of)
    before = clock.now()
    actions.archive_segment(by=mark, segment=one)
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.archived_at is not None and one.archived_at >= before and (one.built_at, one.size) == (None, 0)
    assert (other.archived_at, other.size) == (None, 1)
    assert [trouble.of for trouble in Trouble.objects.all()] == ["segment:other"]
    assert set(SegmentMembership.objects.values_list("segment__key", flat=True)) == {"other"}
    assert Build.objects.get(pk=asked.pk).finished_at is not None
    assert "buyers" not in definitions().segments and detail("segment archived") == {}


def test_what_another_segment_or_a_scheme_reads_is_not_archived_and_they_are_named() -> None:
    one = made()
    made("reader", name="读者", condition={"kind": "segment", "segment": "buyers"})
    classes = [{**CLASSES[0], "condition": {"kind": "segment", "segment": "buyers"}}, CLASSES[1]]
    scheme(classes=classes)
    with pytest.raises(InUse, match="“买过” 被引用于：读者、方案"):
        actions.archive_segment(by=None, segment=one)
    one.refresh_from_db()
    assert one.archived_at is None
    assert actions.used_by(definitions(), "reader") == []


def test_other_classes_are_a_new_version_and_both_are_written_down(mark: User) -> None:
    plan = scheme(by=mark, name=" 方案 ", description="d")
    assert (plan.name, plan.description, plan.version) == ("方案", "d", 1)
    assert [one["key"] for one in detail("scheme created")["classes"]] == ["often", "rest"]
    assert "plan" in definitions().schemes
    actions.build(clock.now())
    for of in ("scheme:plan", "scheme:other"):
        troubled(of)
    same = actions.edit_scheme(by=mark, scheme=plan, name="新名", classes=actions.described(plan))
    assert (same.version, same.name, same.description) == (1, "新名", "d") and same.built_at is not None
    assert Trouble.objects.count() == 2 and not AuditLine.objects.filter(verb="scheme classes edited").exists()
    other = [{**CLASSES[0], "name": "老客"}, CLASSES[1]]
    edited = actions.edit_scheme(by=mark, scheme=plan, classes=other, description="e")
    edited.refresh_from_db()
    assert (edited.version, edited.built_at, edited.name, edited.description) == (2, None, "新名", "e")
    assert [one.of for one in Trouble.objects.all()] == ["scheme:other"]
    told = detail("scheme classes edited")
    assert (told["before"][0]["name"], told["after"][0]["name"]) == ("常客", "老客")
    assert detail("scheme edited") == {"name": "新名"}
    assert [one["name"] for one in actions.described(edited)] == ["老客", "其他"]
    assert definitions().schemes["plan"]


def test_a_build_is_asked_for_in_order_and_called_off_while_it_waits(mark: User) -> None:
    asked = actions.ask_build(by=mark, segments=["b", "a"], schemes=(), fire=True, cause="cut points")
    assert (asked.segments, asked.schemes, asked.fire, asked.cause, asked.by) == (
        ["a", "b"], [], True, "cut points", mark,
    )  # fmt: skip
    assert detail("build asked for") == {"segments": ["a", "b"], "schemes": [], "fire": True}
    whole = actions.ask_build(by=None)
    assert (whole.segments, whole.schemes, whole.fire, whole.cause) == (None, None, False, "definition")
    before = clock.now()
    assert actions.cancel_build(by=mark, build=asked)
    asked.refresh_from_db()
    assert asked.state == "cancelled" and asked.finished_at is not None and asked.finished_at >= before
    assert not actions.cancel_build(by=mark, build=asked)
    assert AuditLine.objects.filter(verb="build cancelled").count() == 1
    whole.refresh_from_db()
    assert whole.finished_at is None


def test_a_whole_build_ends_the_pause_of_a_first_load_and_takes_along_what_was_asked_for() -> None:
    bought({"Ann": 1})
    made()
    actions.pause()
    actions.pause()
    assert Watermark.objects.filter(name__contains="pause").count() == 1
    actions.build(clock.now(), segments=["buyers"], schemes=[])
    assert Watermark.objects.filter(name__contains="pause").count() == 1, "a build of a part doesn't end it"
    actions.build(clock.now())
    assert not Watermark.objects.filter(name__contains="pause").exists()
    assert Segment.objects.get().size == 1


def test_cut_points_are_published_once_as_long_as_nothing_moves() -> None:
    bought({"Ann": 1, "Bob": 4})
    made("top", condition={"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.5})
    now = clock.now()
    assert "top 0.5 amount_365d" in actions.publish_cut_points(by=None, as_of=now)
    assert actions.publish_cut_points(by=None, as_of=now) == []
    assert Segment.objects.get().size == 2, "half of two is the lower, and who is on the point is in"


def test_who_may_not_write_segments_does_nothing(bob: User) -> None:
    one, plan = made(), scheme()
    build = actions.ask_build(by=None)
    for deed in (
        lambda: scheme("x", by=bob),
        lambda: actions.edit_segment(by=bob, segment=one, name="x"),
        lambda: actions.archive_segment(by=bob, segment=one),
        lambda: actions.edit_scheme(by=bob, scheme=plan, name="x"),
        lambda: actions.build(clock.now(), by=bob),
        lambda: actions.ask_build(by=bob),
        lambda: actions.cancel_build(by=bob, build=build),
        lambda: actions.publish_cut_points(by=bob, as_of=clock.now()),
    ):
        with pytest.raises(Forbidden):
            deed()
    one.refresh_from_db()
    assert (one.name, one.archived_at, one.built_at) == ("买过", None, None)
    assert Build.objects.get().finished_at is None and Scheme.objects.get().name == "方案"
