"""What the pages and calls of coupons are asked."""

from zhiji.config.tests.doors.asked import Ask

ROLES = {"coupons:read": "AMKSVN", "coupons:write": "AMK"}
PLACES = {"coupons/offers/<slug:key>/": "coupons/offers/shut/"}
READS = {
    **dict.fromkeys(["coupons/offers/", "/api/coupon-offers", "/api/coupons"], "coupons:read"),
    **dict.fromkeys(["coupons/offers/new/", "coupons/offers/<slug:key>/"], "coupons:write"),
}
OFFER = {"name": "新券", "value": "5", "minimum": "0", "valid_days": "30"}
ISSUED = {"audits": ("coupon issued",), "facts": ("coupon_issued",)}
CHANGES = {
    "POST coupons/acts/<slug:act>/": Ask(
        "coupons:write", {"row": "{coupon}", "days": "7"}, ("coupon extended",), on="loyalty.coupon {coupon}",
        at="/coupons/acts/extend/", refused=(302, 403),
    ),
    "POST coupons/giving/": Ask("coupons:write", {"offer": "{offer}", "customer": "{customer}"}, **ISSUED),
    "POST coupons/offers/new/": Ask("coupons:write", OFFER, ("coupon offer created",)),
    "POST coupons/offers/<slug:key>/": Ask("coupons:write", OFFER, ("coupon offer edited",)),
    "POST coupons/offers/<slug:key>/closure/": Ask(
        "coupons:write", {}, ("coupon offer closed",), then={"closed": "0"}, then_audits=("coupon offer reopened",)
    ),
    "POST /api/lists/coupons/acts": Ask(
        "coupons:write", {"act": "extend", "ids": ["{coupon}"], "values": {"days": 7}}, ("coupon extended",),
        on="loyalty.coupon {coupon}", refused=(200, 403),
    ),
    "POST /api/coupon-offers": Ask("coupons:write", OFFER, ("coupon offer created",)),
    "POST /api/coupons": Ask("coupons:write", {"offer": "{offer}", "customer_id": "{customer}"}, **ISSUED),
}  # fmt: skip
KEPT = "config.tests.days.test_days_kept"
DAYS = {
    "desks/loyalty/actions.py": f"{KEPT}:test_a_coupon_is_good_to_the_last_moment_of_its_last_day",
    "desks/loyalty/offers/steps.py": "shown only",
    "desks/loyalty/offers/today.py": "desks.loyalty.tests.test_today:"
    "test_coupons_that_run_out_by_the_day_after_tomorrow_are_told_until_they_are_used",
    "desks/loyalty/offers/variables.py": "shown only",
}
