"""What a customer's own page is asked, and the staff's link to it."""

from zhiji.config.tests.doors.asked import Ask

ROLES = {"portal:link": "AMKSV"}
PLACES = {"my/<str:mark>": "my/{own_page}"}
CHANGES = {
    "POST my/<str:mark>": Ask(
        "mark",
        {},
        ("consent changed",),
        ("consent_changed",),
        on="resolve.customer {customer}",
    ),
    "POST customers/<int:pk>/portal/": Ask("portal:link", {}, ("portal link made",), on="profile.portrait {customer}"),
}
