"""What people do about our accounts with providers."""

import json
import secrets
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.privacy import Unreadable, seal
from zhiji.access.roles import require
from zhiji.flow.deliver.accounts import PURPOSE, values
from zhiji.flow.deliver.channel import Channel
from zhiji.flow.deliver.models import Account
from zhiji.kernel import clock


class AccountRefused(ValueError):
    """What was given won't do; the text says what to do."""


@transaction.atomic
def set_account(*, by: User | None, channel: Channel, mode: str, given: Mapping[str, str]) -> Account:
    """Keep a channel's account; a secret that is left empty stays as it was. It goes on if it was paused.

    Raises AccountRefused.
    """
    require(by, "settings:write")
    row = Account.objects.select_for_update().filter(channel=channel.key).first()
    before = _before(row)
    told = {one.name: given.get(one.name, "").strip() for one in channel.fields}
    told |= {one.name: before.get(one.name, "") for one in channel.fields if one.secret and not told[one.name]}
    for one in channel.fields:
        if one.required and not told[one.name]:
            raise AccountRefused(_("%(label)s 要填写") % {"label": one.label})
    if problem := channel.problem(told, "live" if mode == Account.Mode.LIVE else "simulator"):
        raise AccountRefused(problem)
    row = row or Account(channel=channel.key, inbound_key=secrets.token_urlsafe(24))
    row.mode = Account.Mode(mode)
    row.given = {one.name: told[one.name] for one in channel.fields if not one.secret}
    row.secrets = seal(json.dumps({one.name: told[one.name] for one in channel.fields if one.secret}).encode(), PURPOSE)
    row.paused_at, row.paused_why, row.updated_at = None, "", clock.now()
    row.save()
    audit("channel account set", row, by=by, channel=channel.key, mode=row.mode)
    return row


def _before(row: Account | None) -> Mapping[str, str]:
    """What is kept, nothing where it can't be read any more."""
    try:
        return values(row) if row else {}
    except Unreadable:
        return {}


@transaction.atomic
def resume_account(*, by: User | None, channel: Channel) -> bool:
    """Go on after the provider refused the account. False when nothing paused it."""
    require(by, "settings:write")
    row = Account.objects.select_for_update().filter(channel=channel.key, paused_at__isnull=False).first()
    if row is None:
        return False
    row.paused_at, row.paused_why = None, ""
    row.save(update_fields=["paused_at", "paused_why"])
    audit("channel account resumed", row, by=by, channel=channel.key)
    return True
