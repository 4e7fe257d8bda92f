"""What is done to fields, saved views and records of any kind."""

from zhiji.records.actions.deeds import Misfit, Outcome, TooLate, act_on, take_back, told
from zhiji.records.actions.fields import BadField, archive_field, create_field, edit_field, move_field, restore_field
from zhiji.records.actions.views import note_export, remove_view, save_view

__all__ = [
    "BadField",
    "Misfit",
    "Outcome",
    "TooLate",
    "act_on",
    "archive_field",
    "create_field",
    "edit_field",
    "move_field",
    "note_export",
    "remove_view",
    "restore_field",
    "save_view",
    "take_back",
    "told",
]
