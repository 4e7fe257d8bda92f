"""What rules can have sent: a message by a template, over each channel; a webhook call."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.channel import Channel, channels
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.rehearsal import advice, lacking
from zhiji.flow.deliver.webhooks import ledger as webhooks
from zhiji.kernel.listing import listed


def _known(channel: Channel) -> list[tuple[str, str]]:
    """The templates that can be chosen."""
    return list(queries.templates().filter(channel=channel.key).values_list("key", "name"))


def message_step(channel: Channel) -> Step:
    """The step that sends a template over this channel."""

    def chosen(parameters: dict[str, Any]) -> Template | None:
        return queries.templates().filter(channel=channel.key, key=parameters.get("template", "")).first()

    def run(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
        if (template := chosen(parameters)) is None:
            missing = Outcome("failed", {"reason": "template missing", "template": parameters.get("template")})
            return [missing] * len(entries)
        keys = actions.plan_for_entries(by=None, entries=entries, template=template, as_of=as_of)
        told = {"template": template.key, "version": template.version}
        return [Outcome("done", {"send_key": key, **told}) for key in keys]

    def check(parameters: dict[str, Any]) -> None:
        if chosen(parameters) is None:
            found = listed(sorted(key for key, _name in _known(channel))[:20])
            told = {"key": parameters.get("template", ""), "known": found}
            raise ValueError(_("没有模板“%(key)s”。请先建模板，或从已有的选择：%(known)s") % told)

    def fits(parameters: dict[str, Any], before: Sequence[str]) -> None:
        template = chosen(parameters)
        if template is not None and (steps := lacking(template.wording, before)):
            raise ValueError(advice(template.name, steps))

    def sentence(parameters: dict[str, Any]) -> str:
        template = chosen(parameters)
        told = {"verb": channel.verb, "name": template.name if template else parameters.get("template", "")}
        return _("%(verb)s“%(name)s”") % told

    return Step(
        kind=channel.step,
        label=channel.verb,
        icon=channel.icon,
        parameters=(Parameter("template", gettext_lazy("模板"), "choice", choices=partial(_known, channel)),),
        run=run,
        sentence=sentence,
        check=check,
        fits=fits,
    )


def _call_webhook(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    keys = webhooks.plan_calls(entries=entries, url=parameters["url"], secret=parameters.get("secret", ""), as_of=as_of)
    return [Outcome("done", {"send_key": key}) for key in keys]


OFFERS = [
    *(message_step(channel) for channel in channels()),
    Step(
        kind="call_webhook",
        label=gettext_lazy("调用 Webhook"),
        icon="webhook",
        parameters=(
            Parameter("url", gettext_lazy("地址"), "text"),
            Parameter("secret", gettext_lazy("签名密钥（留空则由本系统生成）"), "secret", required=False),
        ),
        run=_call_webhook,
        sentence=lambda parameters: _("调用 %(host)s") % {"host": webhooks.host_of(parameters.get("url", ""))},
        check=lambda parameters: webhooks.check(parameters.get("url", ""), parameters.get("secret", "")),
    ),
]
