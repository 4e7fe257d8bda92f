"""The variables that there are, and their parts."""

KNOWN: dict[str, tuple[str, ...] | None] = {
    "customer": ("name", "salutation", "greeting", "gender", "city", "region", "birthday"),
    "attributes": None,
    "measures": None,
    "coupon": ("code", "name", "value", "minimum", "expires"),
    "owner": ("name",),
    "shop": ("name", "url"),
    "unsubscribe_url": (),
    "preferences_url": (),
}
"""None: whatever the customer has."""
