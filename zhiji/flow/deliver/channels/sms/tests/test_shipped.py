"""Text messages through the server and worker that ship, against the simulator over sockets; the worker is killed."""

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhiji.flow.deliver.channels.sms.simulator.rules import Account, Template
from zhiji.flow.deliver.channels.sms.simulator.server import Running, Simulator
from zhiji.ops.tests.erasure.life import seek
from zhiji.ops.tests.installation import Doors, Installation, running, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
TEXT = "${name}，您的订单已到店。"
SIGN, CODE = "知己小店", "SMS_7"


@pytest.fixture(scope="module")
def platform() -> Iterator[Running]:
    simulator = Simulator()
    account = simulator.open(Account("LTAI-test", "secret", signs={SIGN: frozenset({"notice"})}))
    account.approve(Template(CODE, TEXT, "notice"))
    with Running(simulator) as one:
        yield one


@pytest.fixture(scope="module")
def house(platform: Running) -> Iterator[tuple[Installation, Doors]]:
    with running("zhiji-sms-", ZHIJI_TEST_CLOCK="1") as (home, doors):
        given = {"mode": "simulator", "key_id": "LTAI-test", "key_secret": "secret", "endpoint": platform.url}
        page = doors.post("/settings/channels/sms/", **given).text
        address = re.search(r"http://[^<\s]+/m/in/[\w-]+", page)
        assert address and "未经真实平台验证" in page
        account = platform.simulator.accounts["LTAI-test"]
        account.report_url = account.up_url = f"{home.url}/m/in/{address[0].rpartition('/')[2]}"
        body = {"key": "ready", "name": "到店", "channel": "sms", "purpose": "service", "text": TEXT,
                "variables": {"name": "{{ customer.name }}"}, "details": {"sign": SIGN, "code": CODE}}  # fmt: skip
        doors.ask("POST", "/templates", body)
        yield home, doors


def customers(doors: Doors, names: list[str]) -> dict[str, int]:
    doors.send(
        *(
            {"type": "identify", "userId": f"S-{at}", "traits": {"name": name, "phone": f"1390000{at:04d}"}}
            for at, name in enumerate(names, 1234)
        )
    )
    return {name: seek(doors, name) for name in names}


def states(doors: Doors) -> Counter[str]:
    return Counter(row["state"] for row in doors.ask("GET", "/messages?channel=sms&size=200")["rows"])


def test_a_killed_worker_sends_nothing_twice_and_loses_nothing(
    house: tuple[Installation, Doors], platform: Running
) -> None:
    home, doors = house
    known = customers(doors, [f"沈听澜{one}" for one in "甲乙丙丁戊己庚辛"])
    platform.simulator.slow = 0.5
    for one in known.values():
        doors.ask("POST", "/messages", {"customer": one, "key": f"k{one}", "template": "ready"})
    wait_for(lambda: len(platform.simulator.sent) >= 2)
    for worker in home.called("worker"):
        os.kill(worker.pid, signal.SIGKILL)
    taken = len(platform.simulator.sent)
    assert taken < len(known), "it was killed in the middle"
    platform.simulator.slow = 0.0
    Path(home.home / "clock").write_text("180")  # the dead sender's lease is over
    wait_for(lambda: not {"planned", "sending"} & states(doors).keys())
    marks = Counter(one.out_id for one in platform.simulator.sent)
    assert set(marks.values()) == {1}, "nothing went out twice"
    found = states(doors)
    assert found["sent"] + found["unknown"] == len(known) and found["unknown"] <= 1
    assert len(marks) >= found["sent"]
    wait_for(lambda: platform.simulator.push() >= 0 and not platform.simulator.pushes)
    assert states(doors)["sent"] == len(marks), "what was unknown and did go out is known by its receipt"
    assert platform.simulator.answers[0][1] == {"code": 0, "msg": "接收成功"}


def test_the_customers_page_tells_and_an_answer_stops_marketing(
    house: tuple[Installation, Doors], platform: Running
) -> None:
    _home, doors = house
    one = customers(doors, ["陆明夷"])["陆明夷"]
    doors.ask("PATCH", f"/customers/{one}", {"consent": {"sms": True}})
    doors.ask("POST", "/messages", {"customer": one, "key": "page", "template": "ready"})
    wait_for(lambda: any(sent.text.startswith("【知己小店】陆明夷") for sent in platform.simulator.sent))
    number = next(sent.phone for sent in platform.simulator.sent if "陆明夷" in sent.text)
    platform.simulator.reply(platform.simulator.accounts["LTAI-test"], number, "TD")
    wait_for(lambda: platform.simulator.push() >= 0 and not platform.simulator.pushes)

    def told() -> bool:
        page = doors.pages.get(f"/customers/{one}/").text
        return all(words in page for words in ("触达已发送", "触达已送达", "短信", "模拟"))

    wait_for(told)
    consents = {row["channel"]: row["granted"] for row in doors.ask("GET", f"/customers/{one}")["consents"]}
    assert consents["sms"] is False
