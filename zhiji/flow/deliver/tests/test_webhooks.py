"""Webhooks are signed, patient with the slow, and never reach into a private network."""

import asyncio
import json
import threading
import time as wall
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import pytest
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.act.actions import create_rule, edit_rule, switch_on
from zhiji.flow.act.models import RuleEntry, RuleVersion
from zhiji.flow.act.stepping import round_once
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.deliver.offers.steps import OFFERS
from zhiji.flow.deliver.webhooks import actions as webhook_actions
from zhiji.flow.deliver.webhooks import guard, ledger
from zhiji.flow.deliver.webhooks.caller import Caller
from zhiji.kernel import clock

SECRET = ledger.new_secret()


@dataclass
class Destination:
    url: str
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    wait: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Iterator[Destination]:
    """A server that takes webhooks, on loopback; private addresses are allowed for it."""
    monkeypatch.setitem(settings.OPTIONS.values, "webhook_private", True)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            one.calls.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            wall.sleep(one.wait if self.path != "/fast" else 0)
            self.send_response(one.status)
            for name, value in one.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(one.body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one = Destination(f"http://127.0.0.1:{server.server_address[1]}/hook")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield one
    server.shutdown()


@pytest.fixture
def call(entry: RuleEntry) -> Callable[..., WebhookCall]:
    def make(url: str, position: int = 0) -> WebhookCall:
        entry.next_step = position
        (key,) = ledger.plan_calls(entries=[entry], url=url, secret=SECRET, as_of=clock.now())
        return WebhookCall.objects.get(send_key=key)

    return make


def settle(caller: Caller, seconds: float = 5) -> None:
    """Rounds until nothing is in flight."""
    end = wall.monotonic() + seconds
    caller.round()
    while caller.in_flight and wall.monotonic() < end:
        wall.sleep(0.01)
        caller.round()


@pytest.fixture
def caller() -> Iterator[Caller]:
    one = Caller()
    yield one
    one.close()


Call = Callable[..., WebhookCall]


def test_a_call_is_signed_as_standard_webhooks(destination: Destination, call: Call, caller: Caller) -> None:
    row = call(destination.url)
    settle(caller)
    row.refresh_from_db()
    assert (row.state, row.status, row.reason) == ("sent", 200, "")
    ((headers, body),) = destination.calls
    told = Webhook(SECRET).verify(body, headers)
    assert headers["webhook-id"] == row.send_key and told["data"]["customer"] == row.customer_id
    with pytest.raises(Exception, match="signature"):
        Webhook(ledger.new_secret()).verify(body, headers)


def test_the_step_plans_one_call_per_entry_with_its_secret_sealed(entry: RuleEntry) -> None:
    step = next(one for one in OFFERS if one.kind == "call_webhook")
    for _ in range(2):
        step.run([entry], {"url": "https://shop.example/hook", "secret": SECRET}, clock.now())
    row = WebhookCall.objects.get()
    assert row.host == "shop.example" and SECRET.encode() not in bytes(row.secret)
    with pytest.raises(ValueError, match="https"):
        step.check({"url": "file:///etc/passwd", "secret": SECRET})
    with pytest.raises(ValueError, match="whsec_"):
        step.check({"url": "https://shop.example", "secret": "short"})


def test_a_rules_secret_is_kept_sealed_and_never_shown_again(
    destination: Destination, caller: Caller, entry: RuleEntry, mark: User, signed_in: Any
) -> None:
    call = {"kind": "call_webhook", "url": destination.url, "secret": SECRET}
    rule = create_rule(by=mark, name="tell", trigger={"kind": "fact", "fact": "order_paid"}, steps=[call], holdout=0)
    page = signed_in(mark).get(f"/rules/{rule.key}/edit/").content.decode()
    kept = [str(RuleVersion.objects.get(rule=rule).definition), str(list(AuditLine.objects.values())), page]
    assert destination.url in page and not any(SECRET in text for text in kept)
    again = edit_rule(rule, by=mark, steps=[rule.steps[0] | {"url": f"{destination.url}?2"}])
    RuleEntry.objects.filter(pk=entry.pk).update(rule=rule, version=again.version, state="running", next_step=0)
    switch_on(again, by=mark)
    round_once()
    settle(caller)
    ((headers, body),) = destination.calls
    assert Webhook(SECRET).verify(body, headers)


def test_without_a_secret_of_its_own_a_call_is_signed_with_the_houses(
    destination: Destination, entry: RuleEntry, caller: Caller, mark: User, bob: User
) -> None:
    ledger.plan_calls(entries=[entry], url=destination.url, secret="", as_of=clock.now())
    settle(caller)
    ((headers, body),) = destination.calls
    assert Webhook(webhook_actions.reveal_secret(by=mark, url=destination.url)).verify(body, headers)
    with pytest.raises(Forbidden):
        webhook_actions.reveal_secret(by=bob, url=destination.url)


def test_an_error_is_tried_again_with_the_same_id(destination: Destination, call: Call, caller: Caller) -> None:
    destination.status = 503
    row = call(destination.url)
    settle(caller)
    row.refresh_from_db()
    assert (row.state, row.status, row.attempts) == ("planned", 503, 1) and row.due_at > clock.now()
    destination.status = 204
    WebhookCall.objects.update(due_at=clock.now())
    settle(caller)
    row.refresh_from_db()
    assert row.state == "sent" and len({headers["webhook-id"] for headers, _ in destination.calls}) == 1


def test_gone_ends_it_and_redirects_are_not_followed(destination: Destination, call: Call, caller: Caller) -> None:
    destination.status = 410
    gone = call(destination.url)
    settle(caller)
    destination.status, destination.headers = 302, {"Location": destination.url}
    moved = call(destination.url, 1)
    settle(caller)
    gone.refresh_from_db()
    moved.refresh_from_db()
    assert gone.state == "failed" and moved.state == "planned" and "redirect" in moved.reason
    assert len(destination.calls) == 2


def test_an_endless_answer_is_cut_off(destination: Destination, call: Call, caller: Caller) -> None:
    destination.status, destination.body = 500, b"x" * 1_000_000
    row = call(destination.url)
    settle(caller)
    row.refresh_from_db()
    assert "64 KB" in row.reason


def test_a_slow_destination_holds_up_nobody(destination: Destination, call: Call, caller: Caller) -> None:
    destination.wait = 2
    slow = destination.url.replace("127.0.0.1", "localhost")
    for position in range(20):
        call(slow, position)
    quick = call(destination.url.replace("/hook", "/fast"), 99)
    began = wall.monotonic()
    while WebhookCall.objects.get(pk=quick.pk).state != "sent" and wall.monotonic() - began < 5:
        caller.round()
        wall.sleep(0.01)
    assert wall.monotonic() - began < 1.5
    assert caller.in_flight == ledger.PER_HOST


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433",
             "127.1", "017700000001", "0"]
)  # fmt: skip
def test_a_private_destination_is_refused(
    destination: Destination, call: Call, caller: Caller, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setitem(settings.OPTIONS.values, "webhook_private", False)
    row = call(destination.url.replace("127.0.0.1", host))
    settle(caller)
    row.refresh_from_db()
    assert row.state == "refused" and destination.calls == []


def test_a_name_that_changes_its_answer_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when judged, private when connected to. We connect to what was judged."""
    answers, connected = [["93.184.215.14"], ["127.0.0.1"]], []

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    class Wire(httpcore.AnyIOBackend):
        async def connect_tcp(self, host: str, *arguments: Any, **named: Any) -> Any:
            connected.append(host)
            raise httpcore.ConnectError("no network in tests")

    monkeypatch.setattr(guard, "resolve", resolve)
    backend = guard.GuardedBackend(Wire())
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(backend.connect_tcp("rebind.example", 80))
    with pytest.raises(guard.ForbiddenAddress):
        asyncio.run(backend.connect_tcp("rebind.example", 80))
    assert connected == ["93.184.215.14"]


def test_the_body_says_what_happened(destination: Destination, call: Call, caller: Caller, entry: RuleEntry) -> None:
    call(destination.url)
    settle(caller)
    told = json.loads(destination.calls[0][1])
    assert told["type"] == "rule.entered" and told["data"]["entry"] == entry.pk
