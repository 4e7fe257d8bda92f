from django.urls import path

from zhiji.desks.loyalty.web import views

urlpatterns = [
    path("coupons/giving/", views.giving, name="coupon_giving"),
    path("coupons/offers/", views.offers, name="coupon_offers"),
    path("coupons/offers/new/", views.new_offer, name="coupon_offer_new"),
    path("coupons/offers/<slug:key>/", views.edit_offer, name="coupon_offer"),
    path("coupons/offers/<slug:key>/closure/", views.closure, name="coupon_offer_closure"),
]
