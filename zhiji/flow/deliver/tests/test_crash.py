"""`kill -9` of a sender at any moment: after a restart every customer has exactly one mail."""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time as wall
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from zhiji.flow.deliver import ledger
from zhiji.flow.deliver.channels.email import mailserver
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import Message, ReceivedMail
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import free_port, make_customer, state_of
from zhiji.kernel.models import Accepted

Plan = Callable[..., Message]
PROGRAM = """
import django; django.setup()
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.sender import Sender
sender = Sender(EMAIL)
print("ready", flush=True)
while True:
    sender.round(limit=20)
"""


@pytest.fixture
def demo_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The demo's own mail server, on a free port; answers its address."""
    port, loop, stop = free_port(), asyncio.new_event_loop(), asyncio.Event()
    started = threading.Event()

    async def main() -> None:
        started.set()
        await mailserver.serve("127.0.0.1", port, stop)

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    started.wait(5)
    url = f"smtp://127.0.0.1:{port}"
    monkeypatch.setitem(settings.OPTIONS.values, "smtp_url", url)
    yield url
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)


def start_sender(smtp_url: str) -> "subprocess.Popen[bytes]":
    parts = urlsplit(os.environ["ZHIJI_DATABASE_URL"])
    database = parts._replace(path="/" + str(connection.settings_dict["NAME"])).geturl()
    environment = {**os.environ, "ZHIJI_DATABASE_URL": database, "ZHIJI_SMTP_URL": smtp_url}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_killing_senders_loses_and_doubles_nothing(
    demo_server: str, plan: Plan, move_clock: Callable[[timedelta], None]
) -> None:
    messages = [plan(make_customer()) for _ in range(150)]
    chance, kills, interrupted = random.Random(7), 6, 0
    for _ in range(kills):
        process = start_sender(demo_server)
        end = wall.monotonic() + 20
        while not Message.objects.filter(state="sending").exists() and wall.monotonic() < end:
            if not Message.objects.filter(state="planned").exists():
                break
        wall.sleep(chance.uniform(0.0, 0.2))
        process.kill()
        process.wait()
        interrupted += Message.objects.filter(state="sending").exists()
        move_clock(ledger.LEASE + timedelta(seconds=1))
    sender = Sender(EMAIL, "last")
    while sender.round():
        pass
    sender.close()
    assert interrupted > 0, "no kill came while something was being sent: this run showed nothing"
    assert Message.objects.filter(state="sent").count() == len(messages)
    mails = list(ReceivedMail.objects.values_list("envelope_to", "repeats"))
    assert len({to for to, _ in mails}) == len(mails) == len(messages)
    assert sum(repeats for _, repeats in mails) <= kills
    keys = list(Accepted.objects.filter(name="message_sent").values_list("message_key", flat=True))
    assert len(set(keys)) == len(keys) == len(messages)


@pytest.mark.django_db(transaction=True)
def test_the_demo_server_plays_the_unpleasant_ones(
    demo_server: str, plan: Plan, move_clock: Callable[[timedelta], None]
) -> None:
    refused, returned, slow = (
        plan(make_customer(email=f"li@{domain}.example")) for domain in ("bounce", "later-bounce", "slow")
    )
    sender = Sender(EMAIL, "demo")
    sender.round()
    assert [state_of(one)[0] for one in (refused, returned, slow)] == ["bounced", "bounced", "planned"]
    move_clock(timedelta(minutes=3))
    sender.round()
    sender.close()
    assert state_of(slow)[0] == "sent"
    assert sorted(ReceivedMail.objects.values_list("envelope_to", flat=True)) == [
        "li@later-bounce.example",
        "li@slow.example",
    ]
