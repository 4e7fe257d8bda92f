"""Named writes: a link to a customer's own page is made; a customer says there what we may send."""

from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.actions import set_consent
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import marketing
from zhiji.kernel import clock
from zhiji.portal import links


@transaction.atomic
def make_link(*, by: User | None, portrait: Portrait) -> str:
    """A link to this customer's own page, to hand to them."""
    require(by, "portal:link")
    audit("portal link made", portrait, by=by, until=links.valid_until())
    return links.make(portrait.pk, clock.now())


@transaction.atomic
def allow(root: int, channels: set[str]) -> None:
    """The customer themselves lets us write of offers over these channels, and over no other.

    What they never spoke of and leave as it is stays unsaid.
    """
    said = {one.channel: one.granted for one in marketing(root)}
    for channel in channel_labels():
        granted = channel in channels
        if said.get(channel, False) != granted:
            set_consent(
                customer_ids=[root], channel=channel, granted=granted, by=None, proof="own page", cause="portal"
            )
