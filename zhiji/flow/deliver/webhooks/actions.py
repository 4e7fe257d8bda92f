"""What people do about webhook calls."""

from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.deliver.webhooks import ledger
from zhiji.kernel import clock


@transaction.atomic
def retry(*, by: User | None, call: WebhookCall) -> bool:
    """Call a webhook again that failed or was refused. False if it did neither."""
    require(by, "rules:write")
    stopped = WebhookCall.objects.filter(pk=call.pk, state__in=[WebhookCall.State.FAILED, WebhookCall.State.REFUSED])
    if not stopped.update(state=WebhookCall.State.PLANNED, reason="", attempts=0, due_at=clock.now()):
        return False
    audit("webhook retried", call, by=by)
    return True


@transaction.atomic
def reveal_secret(*, by: User | None, url: str) -> str:
    """The secret that calls to this address are signed with when their rule gives none, with an audit line."""
    require(by, "rules:write")
    ledger.check(url, "")
    settings = queries.delivery_settings()
    audit("webhook secret revealed", settings, by=by, host=ledger.host_of(url))
    return ledger.house_secret(ledger.host_of(url))
