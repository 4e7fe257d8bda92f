from django.urls import path

from zhiji.ops.web import health, metrics, storefront, workspace

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("workspace/", workspace.workspace, name="workspace"),
    path("shop/", storefront.shelf, name="shop"),
    path("shop/cart/", storefront.cart, name="shop_cart"),
    path("shop/member/", storefront.membership, name="shop_membership"),
    path("shop/<int:pk>/", storefront.product, name="shop_product"),
]
