"""Every file that cuts days is told of: a new one without a test of its borders fails here by name."""

import re
from importlib import import_module
from pathlib import Path

import zhiji
from zhiji.config.tests.doors.asked import gathered

HOUSE = Path(zhiji.__file__).parent
CUTS = re.compile(
    r"days_before\(|\bday_of\(|AT TIME ZONE|clock\.zone\(\)|date_trunc\('(day|week|month)|\.weekday\(\)|replace\(day=1"
)
ELSEWHERE = ("tests", "migrations", "demo")
ORACLE = ("flow/segment/conditions/", "flow/segment/engine/")
"""These are asked against a plain oracle at midnights and at the edges of windows (flow/segment/tests/oracle)."""
BACK, KEPT = "config.tests.days.test_looking_back", "config.tests.days.test_days_kept"
SHOWN = "shown only"
"""It tells a moment or names a day; nothing is counted or left out by it."""

PLACES = {
    "flow/act/anniversaries.py": f"{KEPT}:test_the_day_of_registering_is_the_workspaces",
    "flow/act/triggers/day.py": f"{KEPT}:test_a_birthday_is_kept_from_midnight_to_midnight_by_rules_and_conditions",
    "flow/collect/attributes.py": f"{KEPT}:test_a_day_that_is_told_is_one_of_the_workspace",
    "flow/deliver/gate.py": "flow.deliver.tests.test_edges:"
    "test_quiet_hours_are_those_of_the_clock_on_the_wall_and_end_in_the_time_to_come",
    "flow/measure/queries.py": f"{BACK}:_weeks",
    "flow/measure/web/views.py": f"{BACK}:_weeks",
    "flow/profile/field_filters.py": f"{BACK}:_lists",
    "flow/segment/explain/asked_moment.py": f"{KEPT}:test_the_past_is_asked_by_days_that_have_begun",
    "records/types/date.py": SHOWN,
    "records/types/moment.py": SHOWN,
    "records/filters.py": f"{BACK}:_lists",
    "records/cells.py": SHOWN,
    "records/web/boards.py": "records.tests.test_lists:test_the_calendar_shows_each_on_its_day_and_leads_to_it",
    "records/web/lists.py": f"{KEPT}:test_files_are_named_and_filled_by_the_workspaces_day",
    "flow/profile/queries.py": f"{BACK}:_lists",
    "flow/profile/web/export.py": f"{KEPT}:test_files_are_named_and_filled_by_the_workspaces_day",
    "flow/profile/timeline.py": SHOWN,
    "flow/segment/builds/population_scan.py": "flow.segment.tests.test_resident",
    "flow/segment/figures/composition.py": f"{KEPT}:test_an_age_is_the_same_in_figures_and_conditions",
    "flow/segment/explain/wording.py": SHOWN,
    "flow/segment/export.py": SHOWN,
    "flow/segment/figures/kept_figures.py": "flow.segment.tests.test_pages",
    "flow/segment/figures/size_history.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/jobs.py": f"{KEPT}:test_cut_points_are_published_from_three_in_the_morning",
    "flow/segment/live/classify_stage.py": "flow.segment.tests.test_orders_of_facts",
    "flow/segment/figures/preview.py": "flow.segment.tests.test_edits_previewed",
    "flow/segment/queries.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/explain/reasons.py": SHOWN,
    "flow/segment/figures/review.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/explain/presentation.py": SHOWN,
    "flow/segment/live/up_to.py": "flow.segment.tests.test_up_to_when",
    "flow/segment/web/choices.py": SHOWN,
    "flow/segment/web/explain.py": SHOWN,
    "flow/segment/web/export.py": f"{KEPT}:test_files_are_named_and_filled_by_the_workspaces_day",
    "flow/segment/definitions/registry.py": "flow.segment.tests.test_standing",
    "kernel/numbers.py": "kernel.tests.test_numbers:test_a_year_begins_at_one_by_the_workspaces_clock",
    "ops/backup/keeping.py": f"{KEPT}:test_back_ups_are_kept_by_the_workspaces_days_weeks_and_months",
    "shell/figures.py": f"{KEPT}:test_the_past_is_asked_by_days_that_have_begun",
    **gathered("DAYS"),
}
"""A desk tells of its own in `tests/doors.py`: DAYS."""


def cutting() -> set[str]:
    files = (path.relative_to(HOUSE) for path in HOUSE.rglob("*.py"))
    ours = (one for one in files if not {*ELSEWHERE} & {*one.parts})
    asked = (one for one in ours if not one.as_posix().startswith(ORACLE))
    return {one.as_posix() for one in asked if CUTS.search((HOUSE / one).read_text())} - {"kernel/clock.py"}


def test_every_place_that_cuts_days_is_told_of() -> None:
    found = cutting()
    assert len(found) > 30
    missing, gone = sorted(found - PLACES.keys()), sorted(PLACES.keys() - found)
    assert not missing, f"say in PLACES which test puts facts on both sides of the days that these cut: {missing}"
    assert not gone, f"these cut no days any more: {gone}"


def test_what_is_said_to_test_it_is_there() -> None:
    for place, told in PLACES.items():
        module, _, name = told.partition(":")
        if told != SHOWN:
            found = import_module(f"zhiji.{module}")
            assert not name or callable(getattr(found, name)), f"{place}: {told}"
