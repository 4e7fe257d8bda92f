"""What rules can have sent: a message by a template, a webhook call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.rehearsal import advice, lacking
from zhiji.flow.deliver.webhooks import ledger as webhooks


def _template(parameters: dict[str, Any]) -> Template | None:
    return Template.objects.filter(key=parameters.get("template", ""), archived_at=None).first()


def _send_message(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    template = _template(parameters)
    if template is None:
        return [Outcome("failed", {"reason": "template missing", "template": parameters.get("template")})] * len(
            entries
        )
    keys = actions.plan_for_entries(by=None, entries=entries, template=template, as_of=as_of)
    return [Outcome("done", {"send_key": key, "template": template.key, "version": template.version}) for key in keys]


def _check_message(parameters: dict[str, Any]) -> None:
    if _template(parameters) is None:
        known = "、".join(Template.objects.filter(archived_at=None).order_by("name").values_list("key", flat=True)[:20])
        key = parameters.get("template", "")
        raise ValueError(_("没有模板“%(key)s”。请先建模板，或从已有的选择：%(known)s") % {"key": key, "known": known})


def _fits_message(parameters: dict[str, Any], before: Sequence[str]) -> None:
    template = _template(parameters)
    if template is not None and (steps := lacking(template.wording, before)):
        raise ValueError(advice(template.name, steps))


def _message_sentence(parameters: dict[str, Any]) -> str:
    template = _template(parameters)
    return _("发送邮件“%(name)s”") % {"name": template.name if template else parameters.get("template", "")}


def _call_webhook(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    keys = webhooks.plan_calls(entries=entries, url=parameters["url"], secret=parameters.get("secret", ""), as_of=as_of)
    return [Outcome("done", {"send_key": key}) for key in keys]


OFFERS = [
    Step(
        kind="send_message",
        label=gettext_lazy("发送邮件"),
        parameters=(
            Parameter(
                "template",
                gettext_lazy("模板"),
                "choice",
                choices=lambda: list(queries.templates().values_list("key", "name")),
            ),
        ),
        run=_send_message,
        sentence=_message_sentence,
        check=_check_message,
        fits=_fits_message,
    ),
    Step(
        kind="call_webhook",
        label=gettext_lazy("调用 Webhook"),
        parameters=(
            Parameter("url", gettext_lazy("地址"), "text"),
            Parameter("secret", gettext_lazy("签名密钥（留空则由本系统生成）"), "secret", required=False),
        ),
        run=_call_webhook,
        sentence=lambda parameters: _("调用 %(host)s") % {"host": webhooks.host_of(parameters.get("url", ""))},
        check=lambda parameters: webhooks.check(parameters.get("url", ""), parameters.get("secret", "")),
    ),
]
