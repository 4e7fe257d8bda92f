"""Named writes on customers: page, API, rule and import all call these."""

from zhiji.flow.profile.actions.contact import forget_contact, set_contact
from zhiji.flow.profile.actions.creation import Entered, KnownAlready, create_customer, known
from zhiji.flow.profile.actions.edits import (
    add_tag,
    assign_owner,
    edit_attributes,
    read_changes,
    remove_tag,
    set_consent,
    set_priority,
)
from zhiji.flow.profile.actions.erasure import erase_customer
from zhiji.flow.profile.actions.export import note_export
from zhiji.flow.profile.actions.merges import merge_customers, unmerge_customers

__all__ = [
    "Entered",
    "KnownAlready",
    "add_tag",
    "assign_owner",
    "create_customer",
    "edit_attributes",
    "erase_customer",
    "forget_contact",
    "known",
    "merge_customers",
    "note_export",
    "read_changes",
    "remove_tag",
    "set_consent",
    "set_contact",
    "set_priority",
    "unmerge_customers",
]
