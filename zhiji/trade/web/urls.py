from django.urls import path

from zhiji.trade.web import orders, products, stores

urlpatterns = [
    path("orders/<int:pk>/", orders.one, name="order"),
    path("products/", products.listed, name="products"),
    path("products/<int:pk>/", products.one, name="product"),
    path("stores/", stores.listed, name="stores"),
]
