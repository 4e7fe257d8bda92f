"""What the pages and calls of orders and products are asked."""

PLACES = {
    "orders/<int:pk>/": "orders/{order}/",
    "products/<int:pk>/": "products/{product}/",
    "/api/orders/{id}": "/api/orders/{order}",
}
READS = dict.fromkeys(
    ["orders/", "orders/<int:pk>/", "products/", "products/<int:pk>/", "stores/", "/api/orders", "/api/orders/{id}",
     "/api/products"],
    "orders:read",
)  # fmt: skip
