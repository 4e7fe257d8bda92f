"""The tabs over what wasn't taken: at the door, and by the pipeline."""

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.flow.collect.models import Quarantined

State = Quarantined.State


def tabs(chosen: str, source: str = "") -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this one); `chosen` is a state of the quarantine, or "aside"."""
    names = {State.WAITING: _("待处理"), State.REPLAYED: _("已重放"), State.DISCARDED: _("已丢弃")}
    place = reverse("quarantine")
    found = [(label, f"{place}?state={value}&source={source}", value == chosen) for value, label in names.items()]
    return [*found, (_("处理中出错"), reverse("aside"), chosen == "aside")]
