"""What the pages and calls of customers are asked."""

from zhiji.config.tests.doors.asked import Ask

PLACES = {
    "customers/views/<int:pk>/": "customers/views/{view}/",
    "customers/<int:pk>/": "customers/{customer}/",
    "customers/bulk/field/": "customers/bulk/field/?of={field}",
    "customers/<int:pk>/part/": "customers/{customer}/part/?part=city",
    "customers/<int:pk>/facts/<int:fact>/": "customers/{customer}/facts/{fact}/",
    "customers/<int:pk>/contacts/<int:point>/": "customers/{customer}/contacts/{point}/",
    "customers/<int:pk>/merge/<int:redirect>/": "customers/{customer}/merge/{redirect}/",
    "customers/<int:pk>/merge/candidates/": "customers/{customer}/merge/candidates/?q=人甲",
    "/api/customers/{id}": "/api/customers/{customer}",
    "/api/customers/{id}/merges/{merge_id}": "/api/customers/{customer}/merges/{redirect}",
    "/api/customers/search": "/api/customers/search?q=人甲",
}
ADDRESSES = {"GET customers/<int:pk>/merge/": "customers/{customer}/merge/?other={other}"}
READS = {
    "customers/": "customers:read",
    "customers/count/": "customers:read",
    "customers/new/": "customers:write",
    "customers/filters/": "customers:read",
    "customers/filters/field/": "customers:read",
    "customers/bulk/form/": "customers:write",
    "customers/bulk/field/": "customers:write",
    "customers/<int:pk>/": "customers:read",
    "customers/<int:pk>/timeline/": "customers:read",
    "customers/<int:pk>/part/": "customers:write",
    "customers/<int:pk>/merge/": "customers:merge",
    "customers/<int:pk>/merge/candidates/": "customers:merge",
    "/api/customers": "customers:read",
    "/api/customers/search": "customers:read",
    "/api/customers/{id}": "customers:read",
    "/api/customers/{id}/merges": "customers:read",
    "/api/customers/{id}/timeline": "facts:read",
    "/api/facts": "facts:read",
}
ABOUT = "resolve.customer {customer}"
MERGED = {"audits": ("customers merged",), "facts": ("customers_merged",)}
PARTED = {"audits": ("customers unmerged",), "facts": ("customers_unmerged", "customers_unmerged")}
CONTACT = {"audits": ("contact changed",), "facts": ("contact_changed",), "on": ABOUT}
TAGGED = {"audits": ("tag added",), "facts": ("tag_added",), "on": ABOUT}
MADE = {"audits": ("customer created",), "facts": ("customer_created", "attributes_changed", "owner_assigned")}
NEW = {"kind": "person", "name": "新客", "owner": "{me}", "priority": "0", "key": "once"}
CHANGES = {
    "POST customers/new/": Ask("customers:write", NEW, **MADE),
    "POST customers/new/known/": Ask(
        "customers:write", {"phones": "13812345678"}, ("contact looked up",), on="access.user {me}"
    ),
    "POST /api/customers": Ask("customers:write", {"key": "once", "name": "新客", "owner_id": "{me}"}, **MADE),
    "POST customers/bulk/": Ask(
        "customers:write", {"customer": "{customer}", "verb": "tag", "tag": "多选"}, **TAGGED, refused=(302, 403),
        then={"customer": "{customer}", "verb": "priority", "priority": "3"}, then_audits=("priority set",),
    ),
    "POST customers/bulk/undo/": Ask("customers:write", {"undo": "{undo}"}, **TAGGED),
    "POST customers/export/": Ask(
        "customers:export", {"query": ""}, ("customers exported",), on="access.user {me}"
    ),
    "POST customers/views/": Ask("customers:read", {"name": "新视图", "query": ""}, ("view saved",)),
    "POST customers/views/<int:pk>/removal/": Ask(
        "customers:read", {}, ("view removed",), on="records.savedview {view}"
    ),
    "POST customers/<int:pk>/part/": Ask(
        "customers:write", {"value": "宁波"}, ("attributes changed",), ("attributes_changed",), on=ABOUT
    ),
    "POST customers/<int:pk>/fields/": Ask(
        "customers:write", {"name": "尺码", "value": "L"}, ("attributes changed",), ("attributes_changed",), on=ABOUT
    ),
    "POST customers/<int:pk>/owner/": Ask(
        "customers:write", {"owner": "{cai}"}, ("owner assigned",), ("owner_assigned",), on=ABOUT
    ),
    "POST customers/<int:pk>/priority/": Ask(
        "customers:write", {"priority": "2"}, ("priority set",), ("priority_set",), on=ABOUT
    ),
    "POST customers/<int:pk>/tags/": Ask(
        "customers:write", {"tag": "好"}, **TAGGED
    ),
    "POST customers/<int:pk>/tags/removal/": Ask(
        "customers:write", {"tag": "老客"}, ("tag removed",), ("tag_removed",), on=ABOUT
    ),
    "POST customers/<int:pk>/consent/": Ask(
        "customers:write", {"channel": "email"}, ("consent changed",), ("consent_changed",), on=ABOUT
    ),
    "POST customers/<int:pk>/contacts/": Ask(
        "customers:write", {"kind": "phone", "value": "13812345678"}, **CONTACT
    ),
    "POST customers/<int:pk>/contacts/revelation/": Ask("contacts:reveal", {}, ("contacts revealed",), on=ABOUT),
    "POST customers/<int:pk>/facts/<int:fact>/revelation/": Ask(
        "contacts:reveal", {}, ("contacts revealed",), on=ABOUT
    ),
    "POST customers/<int:pk>/contacts/<int:point>/removal/": Ask(
        "customers:write", {}, **CONTACT
    ),
    "POST customers/<int:pk>/merge/": Ask("customers:merge", {"other": "{other}"}, **MERGED),
    "POST customers/<int:pk>/merge/<int:redirect>/lifting/": Ask(
        "customers:merge", {}, **PARTED, on="resolve.redirect {redirect}"
    ),
    "POST customers/<int:pk>/erasure/": Ask(
        "customers:merge", {}, ("customer erased",), ("customer_erased",), on=ABOUT
    ),
    "PATCH /api/customers/{id}": Ask("customers:write", {"add_tags": ["好"]}, **TAGGED),
    "POST /api/customers/{id}/merges": Ask("customers:merge", {"other": "{other}"}, **MERGED),
    "DELETE /api/customers/{id}/merges/{merge_id}": Ask(
        "customers:merge", {}, **PARTED, on="resolve.redirect {redirect}"
    ),
}  # fmt: skip
