"""Webhooks whose destination is dead, odd or silent, and callers that die: each is tried again, given up, and told."""

import socket
import threading
import time as wall
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from zhiji.access.models import User
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.deliver.webhooks import actions as webhook_actions
from zhiji.flow.deliver.webhooks import caller as calling
from zhiji.flow.deliver.webhooks import ledger
from zhiji.flow.deliver.webhooks.caller import LONGEST_ANSWER, Caller
from zhiji.kernel import clock

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
HANGS = b""
"""Nothing is answered, and the line stays open."""


def answer(status: str, more: str = "", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


DEAD = reasons.UNREACHABLE
ANSWERS = {
    **{code: (answer(f"{code} no"), "planned", int(code), reasons.NOT_TAKEN) for code in ("400", "404", "429", "503")},
    **{code: (answer(f"{code} moved", "Location: /x\r\n"), "planned", int(code), reasons.REDIRECTED)
       for code in ("301", "302", "307", "308")},
    "410": (answer("410 gone"), "failed", 410, reasons.NOT_TAKEN),
    "200": (answer("200 ok", "", b"fine"), "sent", 200, ""),
    "just not huge": (answer("200 ok", "", b"x" * LONGEST_ANSWER), "sent", 200, ""),
    "huge": (answer("500 oops", "", b"x" * (LONGEST_ANSWER + 1)), "planned", 500, reasons.TOO_LONG),
    "hangs": (HANGS, "planned", None, reasons.SILENT), "garbage": (b"what?\r\n\r\n", "planned", None, DEAD),
    "ends at once": (None, "planned", None, DEAD),
    "ends half-way": (b"HTTP/1.1 200 ok\r\nContent-Length: 99\r\n\r\nhalf", "planned", None, DEAD),
    "NUL": (answer("500 \0 oops"), "planned", None, DEAD),
}  # fmt: skip
"""{what comes: (as it comes, the call's state, status and reason)}."""


class Destination:
    """Answers each call as told, and ends the line; `None` ends it at once."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/hook"
        self.says: bytes | None = OK
        self.calls = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            line.recv(65536)
            if self.says == HANGS:
                self._open.append(line)
                continue
            line.sendall(self.says or b"")
            line.shutdown(socket.SHUT_WR)
            line.recv(65536)
            line.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Iterator[Destination]:
    monkeypatch.setitem(settings.OPTIONS.values, "webhook_private", True)
    monkeypatch.setattr(calling, "TIMEOUT", 0.5)
    one = Destination()
    yield one
    one.close()


@pytest.fixture
def call(entry: RuleEntry) -> Callable[[str], WebhookCall]:
    def make(url: str) -> WebhookCall:
        entry.next_step += 1
        (key,) = ledger.plan_calls(entries=[entry], url=url, secret="", as_of=clock.now())
        return WebhookCall.objects.get(send_key=key)

    return make


@pytest.fixture
def caller() -> Iterator[Caller]:
    one = Caller()
    yield one
    one.close()


Call = Callable[[str], WebhookCall]


def settled(caller: Caller, row: WebhookCall) -> WebhookCall:
    """The call, once what is due of it has been tried."""
    WebhookCall.objects.filter(pk=row.pk, state="planned").update(due_at=clock.now())
    end = wall.monotonic() + 10
    caller.round()
    while caller.in_flight and wall.monotonic() < end:
        wall.sleep(0.01)
        caller.round()
    row.refresh_from_db()
    return row


def test_whatever_a_destination_answers_its_call_is_settled(
    destination: Destination, call: Call, caller: Caller
) -> None:
    for name, (says, state, status, reason) in ANSWERS.items():
        destination.says = says
        row = settled(caller, call(destination.url))
        assert (name, row.state, row.status, row.reason.partition(":")[0]) == (name, state, status, reason)
        assert row.attempts == 1 and (row.state != "planned" or row.due_at > clock.now())
    assert destination.calls == len(ANSWERS), "no redirect was followed"


@pytest.mark.parametrize("dead", ["refused", "hangs", "500"])
def test_the_last_attempt_gives_up_says_so_and_can_be_begun_again(
    destination: Destination, call: Call, caller: Caller, mark: User, signed_in: Callable[[User], Client], dead: str
) -> None:
    destination.says = HANGS if dead == "hangs" else answer("500 oops")
    url = "http://127.0.0.1:1/hook" if dead == "refused" else destination.url
    row = call(url)
    for attempt in range(1, ledger.MOST_ATTEMPTS):
        WebhookCall.objects.filter(pk=row.pk).update(attempts=attempt - 1)
        if attempt in (1, ledger.MOST_ATTEMPTS - 1):
            assert (settled(caller, row).state, row.attempts) == ("planned", attempt)
            wait = row.due_at - clock.now()
            assert timedelta() < wait <= ledger.LONGEST_WAIT
    assert (settled(caller, row).state, row.attempts) == ("failed", ledger.MOST_ATTEMPTS) and row.reason
    calls = destination.calls
    WebhookCall.objects.update(due_at=clock.now())
    assert settled(caller, row).state == "failed" and destination.calls == calls, "no more of it"
    page = signed_in(mark).get(reverse("webhook_calls") + "?state=failed")
    assert page.status_code == 200 and url in page.content.decode() and "再试一次" in page.content.decode()
    assert webhook_actions.retry(by=mark, call=row)
    WebhookCall.objects.update(url=destination.url)
    destination.says = OK
    assert (settled(caller, row).state, row.attempts) == ("sent", 1)
    assert not webhook_actions.retry(by=mark, call=row)


def test_a_call_whose_caller_died_is_taken_up_after_its_lease_by_one_other(
    destination: Destination, call: Call, caller: Caller, move_clock: Callable[[timedelta], None]
) -> None:
    row = call(destination.url)
    (held,) = ledger.take(clock.now(), 9, Counter())
    assert ledger.take(clock.now() + ledger.LEASE - timedelta(seconds=5), 9, Counter()) == []
    move_clock(ledger.LEASE + timedelta(seconds=1))
    assert (settled(caller, row).state, row.attempts, destination.calls) == ("sent", 2, 1)
    ledger.settle(held, status=500, reason="late", forbidden=False, as_of=clock.now())
    row.refresh_from_db()
    assert (row.state, row.status) == ("sent", 204), "the dead one's answer counts no more"


def test_a_call_that_kills_its_callers_is_given_up_at_last(call: Call, destination: Destination) -> None:
    row, now = call(destination.url), clock.now()
    for _ in range(ledger.MOST_ATTEMPTS):
        assert len(ledger.take(now, 9, Counter())) == 1
        now += ledger.LEASE + timedelta(seconds=1)
    assert ledger.take(now, 9, Counter()) == []
    row.refresh_from_db()
    assert (row.state, row.reason) == ("failed", reasons.DIED)
