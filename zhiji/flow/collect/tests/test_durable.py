"""What was acknowledged is there, whatever dies: the web process by kill -9, or its connections."""

import asyncio
import itertools
import random
import threading
import time
from typing import Any

import httpx
import pytest
from django.db import connection

from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import KEY, _elsewhere
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.flow.collect.web.tracking import Tracking
from zhiji.kernel.facts import message_key
from zhiji.kernel.models import Accepted


def stored(source: Source, acknowledged: set[str]) -> set[str]:
    """Those of the acknowledged messages that are in the inbox."""
    keys = set(Accepted.objects.values_list("message_key", flat=True))
    return {one for one in acknowledged if message_key(f"source:{source.pk}", one) in keys}


def test_lost_connections_lose_no_acknowledged_event(shop: Source) -> None:
    acknowledged: set[str] = set()
    answers: list[httpx.Response] = []

    async def send(client: httpx.AsyncClient, message: str) -> None:
        event = {"event": "A", "userId": "u", "messageId": message}
        answer = await client.post("/v1/track", json=event, auth=(KEY, ""))
        answers.append(answer)
        if answer.status_code == 200:
            acknowledged.add(message)

    async def run() -> None:
        tracking = Tracking(otherwise=_elsewhere)
        transport = httpx.ASGITransport(app=tracking)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for wave in range(30):
                sending = [asyncio.create_task(send(client, f"{wave}-{n}")) for n in range(20)]
                if wave % 5 == 2:
                    await asyncio.sleep(random.random() / 50)
                    await asyncio.to_thread(cut)
                await asyncio.gather(*sending)
        await tracking.close()

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zhiji tracking'"
            )
        connection.close()

    asyncio.run(run())
    assert stored(shop, acknowledged) == acknowledged and len(acknowledged) > 400
    failed = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in failed} <= {503}
    assert all(answer.headers["retry-after"] for answer in failed)


@pytest.mark.crash
def test_a_killed_server_never_lost_an_acknowledged_event(shop: Source) -> None:
    acknowledged: set[str] = set()
    numbers = itertools.count()
    stop = threading.Event()

    def send(url: str) -> None:
        with httpx.Client(base_url=url, auth=(KEY, ""), timeout=5) as client:
            while not stop.is_set():
                batch = [f"m-{next(numbers)}" for _ in range(5)]
                events: list[Any] = [
                    {"type": "track", "event": "A", "userId": "u", "messageId": message} for message in batch
                ]
                try:
                    if client.post("/v1/batch", json={"batch": events}).status_code == 200:
                        acknowledged.update(batch)
                except httpx.HTTPError:
                    time.sleep(0.05)

    with WebProcess() as server:
        senders = [threading.Thread(target=send, args=(server.url,)) for _ in range(4)]
        for sender in senders:
            sender.start()
        for _ in range(6):
            time.sleep(0.3 + random.random())
            server.kill()
            server.start()
        time.sleep(0.3)
        stop.set()
        for sender in senders:
            sender.join()
    assert len(acknowledged) > 100
    assert stored(shop, acknowledged) == acknowledged
