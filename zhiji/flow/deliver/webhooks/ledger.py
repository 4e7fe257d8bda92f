"""The ledger of webhook calls: planned by rules, claimed a few per destination, settled one by one."""

import base64
import hmac
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from standardwebhooks.webhooks import Webhook

from zhiji.access.privacy import seal
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.resolve.models import Customer

LEASE = timedelta(seconds=60)
PER_HOST = 4
MOST_ATTEMPTS = 10
LONGEST_WAIT = timedelta(hours=12)
PURPOSE = "webhook"


def host_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2].lower()


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def house_secret(host: str) -> str:
    """The secret we sign with when a rule gives none: always the same for a host, derived from the master key."""
    derived = hmac.digest(settings.MASTER_KEY, f"zhiji webhook {host}".encode(), "sha256")
    return "whsec_" + base64.b64encode(derived).decode()


def check(url: str, secret: str) -> None:
    """Raises ValueError with advice when a webhook can't be called so. Without a secret the house's own is used."""
    parts = urlsplit(url)
    try:
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good:
        raise ValueError(_("地址要以 https:// 或 http:// 开头，不能带用户名和密码"))
    if not secret:
        return
    try:
        Webhook(secret)
    except Exception as error:
        raise ValueError(_("签名密钥要是 base64，例如 %(example)s") % {"example": new_secret()}) from error
    if len(base64.b64decode(secret.removeprefix("whsec_") + "==")) < 24:
        raise ValueError(_("签名密钥至少 24 字节，例如 %(example)s") % {"example": new_secret()})


def plan_calls(*, entries: Sequence[RuleEntry], url: str, secret: str, as_of: datetime) -> list[str]:
    """Plan one call per rule entry, in the caller's transaction. The same entry and step again is nothing new."""
    sealed = seal((secret or house_secret(host_of(url))).encode(), PURPOSE)
    roots = dict(Customer.objects.filter(pk__in={e.customer_id for e in entries}).values_list("pk", "root_id"))
    calls = [
        WebhookCall(
            send_key=f"rule:{entry.pk}:{entry.next_step}",
            entry=entry,
            customer_id=roots[entry.customer_id],
            rule_id=entry.rule_id,
            url=url,
            host=host_of(url)[:260],
            secret=sealed,
            body={
                "type": "rule.entered",
                "timestamp": entry.entered_at.isoformat(),
                "data": {"rule": entry.rule_id, "entry": entry.pk, "customer": roots[entry.customer_id]},
            },
            due_at=as_of,
            planned_at=as_of,
        )
        for entry in entries
    ]
    WebhookCall.objects.bulk_create(calls, ignore_conflicts=True, batch_size=1000)
    return [call.send_key for call in calls]


@transaction.atomic
def take(as_of: datetime, room: int, busy: Counter[str]) -> list[WebhookCall]:
    """Claim at most `room` due calls, for each host no more than PER_HOST with those `busy` now.

    One index read per host with open calls, so a host with a long queue hides nobody behind it. A call whose callers
    died to the last attempt is given up.
    """
    full = [host for host, count in busy.items() if count >= PER_HOST]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE hosts AS (
                (SELECT host FROM deliver_webhookcall WHERE state IN ('planned', 'sending') ORDER BY host LIMIT 1)
                UNION ALL
                SELECT (SELECT host FROM deliver_webhookcall c WHERE state IN ('planned', 'sending')
                        AND c.host > hosts.host ORDER BY host LIMIT 1)
                FROM hosts WHERE hosts.host IS NOT NULL
            ), due AS (
                SELECT one.id FROM hosts, LATERAL (
                    SELECT id FROM deliver_webhookcall c WHERE c.host = hosts.host
                    AND (state = 'planned' AND due_at <= %(as_of)s OR state = 'sending' AND leased_until < %(as_of)s)
                    ORDER BY due_at, id LIMIT %(per_host)s FOR UPDATE SKIP LOCKED
                ) one
                WHERE hosts.host IS NOT NULL AND NOT hosts.host = ANY (%(full)s)
            )
            UPDATE deliver_webhookcall SET
                state = CASE WHEN attempts < %(most)s THEN 'sending' ELSE 'failed' END,
                reason = CASE WHEN attempts < %(most)s THEN reason ELSE %(died)s END,
                attempts = least(attempts + 1, %(most)s), leased_until = %(until)s
            WHERE id IN (SELECT id FROM due ORDER BY id LIMIT %(room)s) RETURNING id, state
            """,
            {"as_of": as_of, "until": as_of + LEASE, "per_host": PER_HOST, "full": full, "room": room,
             "most": MOST_ATTEMPTS, "died": reasons.DIED},
        )  # fmt: skip
        taken = [pk for pk, state in cursor.fetchall() if state == WebhookCall.State.SENDING]
    return list(WebhookCall.objects.filter(pk__in=taken).order_by("due_at", "id"))


def settle(call: WebhookCall, *, status: int | None, reason: str, forbidden: bool, as_of: datetime) -> None:
    """Write down an answer: 2xx is done, 410 and a forbidden address end it, anything else is tried again."""
    values: dict[str, object] = {"status": status, "reason": reason.replace("\0", "")[:500], "leased_until": None}
    if status is not None and 200 <= status < 300:
        values |= {"state": WebhookCall.State.SENT, "sent_at": as_of, "reason": ""}
    elif forbidden:
        values["state"] = WebhookCall.State.REFUSED
    elif status == 410 or call.attempts >= MOST_ATTEMPTS:
        values["state"] = WebhookCall.State.FAILED
    else:
        wait = min(LONGEST_WAIT, timedelta(seconds=5) * 3 ** (call.attempts - 1))
        values |= {"state": WebhookCall.State.PLANNED, "due_at": as_of + wait}
    WebhookCall.objects.filter(pk=call.pk, state=WebhookCall.State.SENDING, attempts=call.attempts).update(**values)
