"""What the pages of the working calendar are asked."""

from zhiji.config.tests.doors.asked import Ask

READS = {"settings/calendar/": "settings:read"}
CHANGES = {
    "POST settings/calendar/week/": Ask("settings:write", {"day0": "10:00-16:00"}, ("working hours changed",)),
    "POST settings/calendar/year/": Ask(
        "settings:write", {"year": "2027", "days": "2027-01-01 休 元旦"}, ("holidays changed",)
    ),
}
TESTS = "work.calendar.tests"
DAYS = {
    "work/calendar/hours.py": f"{TESTS}.test_hours:test_a_deadline_counts_working_time_only",
    "work/calendar/queries.py": f"{TESTS}.test_calendar:test_a_rules_task_may_be_due_in_working_days",
    "work/calendar/web/views.py": "shown only",
}
