"""What the pages and calls of orders and products are asked."""

ROLES = {"orders:read": "AMKSVN"}
PLACES = {
    "orders/<int:pk>/": "orders/{order}/",
    "products/<int:pk>/": "products/{product}/",
    "/api/orders/{id}": "/api/orders/{order}",
}
READS = dict.fromkeys(
    ["orders/<int:pk>/", "products/", "products/<int:pk>/", "stores/", "/api/orders", "/api/orders/{id}",
     "/api/products"],
    "orders:read",
)  # fmt: skip
DAYS = {
    "trade/actions/orders.py": "shown only",
    "trade/offers/finders.py": "shown only",
    "trade/queries.py": "config.tests.days.test_looking_back:_orders",
    "trade/web/products.py": "shown only",
}
