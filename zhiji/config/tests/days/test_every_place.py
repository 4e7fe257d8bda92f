"""Every file that cuts days is told of: a new one without a test of its borders fails here by name."""

import re
from importlib import import_module
from pathlib import Path

import zhiji

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
    "desks/commerce/actions/orders.py": SHOWN,
    "desks/commerce/offers/finders.py": SHOWN,
    "desks/commerce/queries.py": f"{BACK}:_orders",
    "desks/commerce/web/products.py": SHOWN,
    "desks/loyalty/actions.py": f"{KEPT}:test_a_coupon_is_good_to_the_last_moment_of_its_last_day",
    "desks/loyalty/offers/steps.py": SHOWN,
    "desks/loyalty/offers/variables.py": SHOWN,
    "desks/sales/actions.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
    "desks/sales/offers/panels.py": SHOWN,
    "desks/sales/offers/steps.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
    "desks/sales/web/views.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
    "flow/act/anniversaries.py": f"{KEPT}:test_the_day_of_registering_is_the_workspaces",
    "flow/act/triggers/day.py": f"{KEPT}:test_a_birthday_is_kept_from_midnight_to_midnight_by_rules_and_conditions",
    "flow/collect/attributes.py": f"{KEPT}:test_a_day_that_is_told_is_one_of_the_workspace",
    "flow/deliver/ledger.py": "flow.deliver.tests.test_edges:"
    "test_quiet_hours_are_those_of_the_clock_on_the_wall_and_end_in_the_time_to_come",
    "flow/measure/queries.py": f"{BACK}:_weeks",
    "flow/measure/web/views.py": f"{BACK}:_weeks",
    "flow/profile/filters.py": f"{BACK}:_lists",
    "flow/profile/queries.py": f"{BACK}:_lists",
    "flow/profile/web/export.py": f"{KEPT}:test_files_are_named_and_filled_by_the_workspaces_day",
    "flow/segment/asking.py": "flow.segment.tests.test_resident",
    "flow/segment/composition.py": f"{KEPT}:test_an_age_is_the_same_in_figures_and_conditions",
    "flow/segment/explain.py": f"{KEPT}:test_the_past_is_asked_by_days_that_have_begun",
    "flow/segment/explained.py": SHOWN,
    "flow/segment/export.py": SHOWN,
    "flow/segment/figures.py": "flow.segment.tests.test_pages",
    "flow/segment/history.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/jobs.py": f"{KEPT}:test_cut_points_are_published_from_three_in_the_morning",
    "flow/segment/live.py": "flow.segment.tests.test_orders_of_facts",
    "flow/segment/preview.py": "flow.segment.tests.test_edits_previewed",
    "flow/segment/queries.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/reasons.py": SHOWN,
    "flow/segment/review.py": f"{KEPT}:test_who_came_and_went_is_told_by_the_day_and_the_month",
    "flow/segment/told.py": SHOWN,
    "flow/segment/upto.py": "flow.segment.tests.test_up_to_when",
    "flow/segment/web/choices.py": SHOWN,
    "flow/segment/web/explain.py": SHOWN,
    "flow/segment/web/export.py": f"{KEPT}:test_files_are_named_and_filled_by_the_workspaces_day",
    "flow/segment/world.py": "flow.segment.tests.test_standing",
    "ops/backup/keeping.py": f"{KEPT}:test_back_ups_are_kept_by_the_workspaces_days_weeks_and_months",
    "shell/figures.py": f"{KEPT}:test_the_past_is_asked_by_days_that_have_begun",
}


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
