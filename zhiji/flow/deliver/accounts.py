"""Our accounts with the providers of channels: what they are given, how they are, what pauses them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from zhiji.access.privacy import Unreadable, unseal
from zhiji.kernel import clock

if TYPE_CHECKING:
    from zhiji.flow.deliver.channel import Channel, Mode, Standing
    from zhiji.flow.deliver.models import Account

PURPOSE = "channel account"
"""What secrets are sealed for."""


def account_of(channel: "Channel") -> "Account | None":
    found: Account | None = apps.get_model("deliver", "Account").objects.filter(channel=channel.key).first()
    return found


def values(account: "Account") -> Mapping[str, str]:
    """What the account was given, its secrets in clear. Raises Unreadable."""
    return {**account.given, **json.loads(unseal(account.secrets, PURPOSE))}


def standing(channel: "Channel") -> "Standing":
    """Ready when there is an account that nothing pauses. Without one nothing is said: nobody wants it yet."""
    from zhiji.flow.deliver.channel import Standing

    account = account_of(channel)
    if account is None:
        return Standing("simulator", ready=False)
    mode: Mode = "live" if account.mode == account.Mode.LIVE else "simulator"
    if account.paused_at is not None:
        told = {"channel": channel.label, "why": account.paused_why}
        words = _("%(channel)s账户被服务商拒绝，已暂停：%(why)s。消息都在排队；处理好后到 设置 › 渠道 恢复")
        return Standing(mode, ready=False, trouble=str(words) % told)
    try:
        values(account)
    except Unreadable:
        return Standing(mode, ready=False, trouble=_("账户的密钥读不出来，请到 设置 › 渠道 重新填写"))
    return Standing(mode, ready=True)


def pause(channel: "Channel", said: str) -> None:
    """Stop sending: the provider refuses the account. Again is nothing."""
    rows = apps.get_model("deliver", "Account").objects.filter(channel=channel.key, paused_at=None)
    rows.update(paused_at=clock.now(), paused_why=said[:500])
