"""Addresses of the customers' pages."""

from django.urls import path

from zhiji.flow.profile.web import bulk, contacts, creation, customers, edits, export, merges, record, views

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", creation.new, name="customer_new"),
    path("customers/new/known/", creation.known, name="customer_known"),
    path("customers/count/", customers.count, name="customers_count"),
    path("customers/filters/", customers.filters, name="customers_filters"),
    path("customers/filters/field/", customers.field, name="customers_field"),
    path("customers/bulk/form/", customers.bulk_form, name="customers_bulk_form"),
    path("customers/bulk/field/", bulk.field, name="customers_bulk_field"),
    path("customers/bulk/", bulk.apply, name="customers_bulk"),
    path("customers/bulk/undo/", bulk.undo, name="customers_undo"),
    path("customers/export/", export.export, name="customers_export"),
    path("customers/views/", views.save, name="customer_view_save"),
    path("customers/views/<int:pk>/removal/", views.remove, name="customer_view_remove"),
    path("customers/<int:pk>/", record.customer, name="customer"),
    path("customers/<int:pk>/timeline/", record.timeline, name="customer_timeline"),
    path("customers/<int:pk>/part/", edits.attribute, name="customer_attribute"),
    path("customers/<int:pk>/fields/", edits.custom, name="customer_field"),
    path("customers/<int:pk>/owner/", edits.owner, name="customer_owner"),
    path("customers/<int:pk>/priority/", edits.priority, name="customer_priority"),
    path("customers/<int:pk>/tags/", edits.tag, name="customer_tag"),
    path("customers/<int:pk>/tags/removal/", edits.untag, name="customer_untag"),
    path("customers/<int:pk>/consent/", edits.consent, name="customer_consent"),
    path("customers/<int:pk>/contacts/", contacts.add, name="customer_contact"),
    path("customers/<int:pk>/contacts/revelation/", contacts.reveal, name="customer_reveal"),
    path("customers/<int:pk>/facts/<int:fact>/revelation/", contacts.reveal_fact, name="fact_reveal"),
    path("customers/<int:pk>/contacts/<int:point>/removal/", contacts.remove, name="customer_contact_remove"),
    path("customers/<int:pk>/merge/", merges.merge, name="customer_merge"),
    path("customers/<int:pk>/merge/candidates/", merges.candidates, name="customer_merge_candidates"),
    path("customers/<int:pk>/merge/<int:redirect>/lifting/", merges.unmerge, name="customer_unmerge"),
    path("customers/<int:pk>/erasure/", merges.erase, name="customer_erase"),
]
