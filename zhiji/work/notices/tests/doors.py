"""What the pages of notices are asked: everything is one's own."""

from zhiji.config.tests.doors.asked import Ask

PLACES = {"notices/<int:pk>/": "notices/{notice}/"}
READS = {"notices/": "", "notices/bell/": "", "notices/latest/": "", "notices/settings/": ""}
CHANGES = {
    "POST notices/reading/": Ask(""),
    "POST notices/<int:pk>/reading/": Ask(""),
    "POST notices/<int:pk>/opening/": Ask(""),
    "POST notices/settings/edit/": Ask(
        "", {"every": "hour", "hour": "8", "bell-welcome": "on"}, ("notices chosen",), on="access.user {me}"
    ),
}
TESTS = "work.notices.tests"
DAYS = {
    "work/notices/digests.py": f"{TESTS}.test_digests:test_a_mail_is_due_by_the_rhythm_and_the_working_calendar",
    "work/notices/telling.py": f"{TESTS}.test_telling:test_many_about_one_thing_are_a_line_a_day",
}
