"""The simulator beside an installation: it knows the account that is set up there and approves its texts.

What it would send can be seen in the records of messages, marked as simulated; receipts come after two seconds.
"""

import threading
import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.urls import reverse

from zhiji.access.privacy import Unreadable
from zhiji.flow.deliver import accounts
from zhiji.flow.deliver.channels.sms.channel import SIMULATOR_PORT_OFFSET, SMS
from zhiji.flow.deliver.channels.sms.simulator.rules import Account, Refusal, Template
from zhiji.flow.deliver.channels.sms.simulator.server import Running, Simulator
from zhiji.flow.deliver.queries import templates

log = structlog.get_logger()
KINDS = {"marketing": "marketing", "service": "notice"}
EVERY = 1.0
"""Seconds between its rounds."""


def learn(simulator: Simulator) -> None:
    """Take over the account that is set up, if it is a simulated one, and what its texts say now."""
    row = accounts.account_of(SMS)
    if row is None or row.mode != row.Mode.SIMULATOR:
        return
    try:
        given = accounts.values(row)
    except Unreadable:
        return
    address = f"http://127.0.0.1:{settings.OPTIONS.port}{reverse('inbound', args=[row.inbound_key])}"
    known = simulator.accounts.get(given["key_id"])
    account = known or simulator.open(Account(given["key_id"], given["key_secret"]))
    account.secret, account.report_url, account.up_url = given["key_secret"], address, address
    for one in templates().filter(channel=SMS.key):
        account.signs[one.details["sign"]] = frozenset({"code", "notice", "marketing"})
        try:
            account.approve(Template(one.details["code"], one.text, KINDS[one.purpose]))
        except Refusal:
            log.warning("the simulator doesn't approve a text", template=one.key)


def serve(stop: threading.Event) -> None:
    """Until `stop`."""
    simulator = Simulator(late=timedelta(seconds=2))
    with Running(simulator, settings.OPTIONS.port + SIMULATOR_PORT_OFFSET):
        while not stop.is_set():
            try:
                learn(simulator)
                simulator.push()
            except Exception:
                log.exception("the simulator's round failed")
                close_old_connections()
            stop.wait(EVERY)


def beside() -> threading.Event:
    """Start it in a thread; the answer ends it."""
    stop = threading.Event()
    threading.Thread(target=serve, args=(stop,), name="sms simulator", daemon=True).start()
    return stop


def main() -> None:
    stop = beside()
    while not stop.is_set():
        time.sleep(1)
