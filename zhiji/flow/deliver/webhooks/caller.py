"""Calls webhooks: many at once, a few per destination, so that a slow one holds up nobody else.

The loop's thread alone talks to the database; the calls themselves run on an event loop in a thread beside it.
"""

import asyncio
import queue
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpcore
import orjson
from standardwebhooks.webhooks import Webhook

from zhiji.access.privacy import Unreadable, unseal
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.deliver.webhooks import ledger
from zhiji.flow.deliver.webhooks.guard import ForbiddenAddress, GuardedBackend
from zhiji.kernel import clock

AT_ONCE = 64
TIMEOUT = 15.0  # seconds, for the whole call
LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Answer:
    call: WebhookCall
    status: int | None
    reason: str = ""
    forbidden: bool = False


def told(code: str, detail: object) -> str:
    """A reason as it is kept: its code, and what exactly was said."""
    return f"{code}: {detail}"


class Caller:
    """Keeps the calls in flight. Use `round` from one thread."""

    def __init__(self, backend: Callable[[], httpcore.AsyncNetworkBackend] = GuardedBackend) -> None:
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._busy: Counter[str] = Counter()
        self._backend = backend
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="webhook calls", daemon=True).start()

    def round(self) -> bool:
        """Settle what has answered, start what is due. Whether there was either."""
        worked = self._settle()
        room = AT_ONCE - self._busy.total()
        started = ledger.take(clock.now(), room, self._busy) if room > 0 else []
        for call in started:
            self._busy[call.host] += 1
            asyncio.run_coroutine_threadsafe(self._run(call), self._loop)
        return worked or bool(started)

    @property
    def in_flight(self) -> int:
        return self._busy.total()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _settle(self) -> bool:
        worked = False
        while not self._answers.empty():
            answer = self._answers.get()
            self._busy[answer.call.host] -= 1
            self._busy += Counter()  # drops hosts with nothing in flight
            ledger.settle(
                answer.call,
                status=answer.status,
                reason=answer.reason,
                forbidden=answer.forbidden,
                as_of=clock.now(),
            )
            worked = True
        return worked

    async def _run(self, call: WebhookCall) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await _post(call, self._backend())
        except ForbiddenAddress as error:
            answer = Answer(call, None, told(reasons.FORBIDDEN, error), forbidden=True)
        except TimeoutError:
            answer = Answer(call, None, reasons.SILENT)
        except Exception as error:  # whatever a destination does, its call is settled
            answer = Answer(call, None, told(reasons.UNREACHABLE, error))
        self._answers.put(answer)


async def _post(call: WebhookCall, backend: httpcore.AsyncNetworkBackend) -> Answer:
    try:
        secret = unseal(bytes(call.secret), ledger.PURPOSE).decode()
    except Unreadable as error:
        return Answer(call, None, told(reasons.SECRET, error), forbidden=True)
    body = orjson.dumps(call.body)
    now = clock.now()
    headers: dict[bytes | str, bytes | str] = {
        "Host": ledger.host_of(call.url),
        "Content-Type": "application/json",
        "User-Agent": "Zhiji-Webhook/1",
        "webhook-id": call.send_key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(call.send_key, now, body.decode()),
    }
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
    async with (
        httpcore.AsyncConnectionPool(network_backend=backend, retries=0) as pool,
        pool.stream("POST", call.url, headers=headers, content=body, extensions={"timeout": timeouts}) as response,
    ):
        size = 0
        async for part in response.aiter_stream():
            size += len(part)
            if size > LONGEST_ANSWER:
                return Answer(call, response.status, told(reasons.TOO_LONG, "64 KB"))
        status = response.status
    code = "" if 200 <= status < 300 else reasons.REDIRECTED if 300 <= status < 400 else reasons.NOT_TAKEN
    return Answer(call, status, code)


_own = threading.local()


def loop_round() -> bool:
    """A round of this thread's own caller."""
    caller: Caller | None = getattr(_own, "caller", None)
    if caller is None:
        caller = _own.caller = Caller()
    return caller.round()
