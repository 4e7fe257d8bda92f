"""The protocol's e-commerce names, and ours. A user may change the table afterwards."""

from django.db import migrations

AMOUNT = {"amount": ["total", "revenue", "value"]}
ORDER = {
    "order_id": ["orderId", "order_number", "id"],
    **AMOUNT,
    "store": ["affiliation", "store_id"],
    "coupon": ["coupon_id", "coupon_code"],
    "categories": [],
}
CART = {"cart_id": ["cartId", "id"], "amount": ["value", "total", "revenue"]}
PRODUCT = {"product_id": ["productId", "id"], "name": ["product_name", "title"]}
COUPON = {"coupon": ["coupon_id", "coupon_name", "coupon_code"], "order_id": ["orderId"]}

NAMES = (
    ("Products Searched", "products_searched", {"query": ["q", "search"]}),
    ("Product List Viewed", "product_list_viewed", {}),
    ("Product List Filtered", "product_list_filtered", {}),
    ("Promotion Viewed", "promotion_viewed", {}),
    ("Promotion Clicked", "promotion_clicked", {}),
    ("Product Clicked", "product_clicked", PRODUCT),
    ("Product Viewed", "product_viewed", PRODUCT),
    ("Product Added", "cart_added", PRODUCT),
    ("Product Removed", "cart_removed", PRODUCT),
    ("Cart Viewed", "cart_viewed", CART),
    ("Checkout Started", "checkout_started", CART),
    ("Checkout Step Viewed", "checkout_step_viewed", {}),
    ("Checkout Step Completed", "checkout_step_completed", {}),
    ("Payment Info Entered", "payment_info_entered", {}),
    ("Order Completed", "order_paid", ORDER),
    ("Order Updated", "order_updated", ORDER),
    ("Order Refunded", "order_refunded", ORDER),
    ("Order Cancelled", "order_cancelled", ORDER),
    ("Coupon Entered", "coupon_entered", COUPON),
    ("Coupon Applied", "coupon_applied", COUPON),
    ("Coupon Denied", "coupon_denied", COUPON),
    ("Coupon Removed", "coupon_removed", COUPON),
    ("Product Added to Wishlist", "wishlist_added", PRODUCT),
    ("Product Removed from Wishlist", "wishlist_removed", PRODUCT),
    ("Wishlist Product Added to Cart", "wishlist_carted", PRODUCT),
    ("Product Shared", "product_shared", PRODUCT),
    ("Cart Shared", "cart_shared", {}),
    ("Product Reviewed", "product_reviewed", {"product_id": ["productId"], "review_body": ["review", "body"]}),
    ("Signed Up", "customer_registered", {"method": []}),
    ("Account Created", "customer_registered", {}),
    ("Signed In", "customer_signed_in", {}),
    ("Signed Out", "customer_signed_out", {}),
    ("Completed Order", "order_paid", ORDER),
    ("Viewed Product", "product_viewed", PRODUCT),
    ("Viewed Product Category", "product_list_viewed", {}),
    ("Added Product", "cart_added", PRODUCT),
    ("Removed Product", "cart_removed", PRODUCT),
)


def fill(apps, schema_editor):
    event_name = apps.get_model("collect", "EventName")
    event_name.objects.bulk_create(
        [
            event_name(theirs=theirs, ours=ours, properties={one: many for one, many in properties.items() if many})
            for theirs, ours, properties in NAMES
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("collect", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
