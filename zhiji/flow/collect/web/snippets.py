"""What to copy into a site, a server or a terminal so that it sends to a source."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

BROWSER = """<script>
  (window.zhiji = window.zhiji || []).push(
    ["track", "Product Viewed", { product_id: "SKU-1", name: "牛奶 1L", category: "乳品", price: 12.5 }],
  );
</script>
<script async src="%(url)s/zhiji.js" data-key="%(key)s" data-consent="ask"></script>
"""
NODE = """// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "%(key)s", host: "%(url)s" });

analytics.identify({ userId: "42", traits: { name: "李娜", email: "li.na@example.com" } });
analytics.track({
  userId: "42",
  event: "Order Completed",
  properties: { order_id: "A-1001", total: 128.5, products: [{ product_id: "SKU-1", price: 128.5, quantity: 1 }] },
});
await analytics.closeAndFlush();
"""
PYTHON = """# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "%(key)s"
analytics.host = "%(url)s"

analytics.identify("42", {"name": "李娜", "email": "li.na@example.com"})
analytics.track("42", "Order Completed", {
    "order_id": "A-1001",
    "total": 128.5,
    "products": [{"product_id": "SKU-1", "price": 128.5, "quantity": 1}],
})
analytics.flush()
"""
CURL = """curl %(url)s/v1/track \\
  -u "%(key)s:" \\
  -H "Content-Type: application/json" \\
  -d '{"userId": "42", "event": "Product Added", "messageId": "m-1", "properties": {"product_id": "SKU-1", "price": 12.5}}'
"""  # noqa: E501


@dataclass(frozen=True)
class Snippet:
    """`slug` names it in the page's address."""

    slug: str
    label: str
    text: str


def snippets(url: str, key: str) -> list[Snippet]:
    """Each way of sending, with this address and write key filled in."""
    kinds = (
        ("browser", _("网页"), BROWSER),
        ("node", "Node.js", NODE),
        ("python", "Python", PYTHON),
        ("curl", "curl", CURL),
    )
    return [Snippet(slug, label, text % {"url": url.rstrip("/"), "key": key}) for slug, label, text in kinds]
