"""A channel is a folder and no other edit: the one that docs/CONTRIBUTING.md writes is put into a house and used there.

Over the processes that ship: the pages of the server, the sender of the worker.
"""

import re
import shutil
from collections.abc import Iterator

import pytest

from zhiji.ops.tests import written_desk
from zhiji.ops.tests.erasure.life import seek
from zhiji.ops.tests.installation import Doors, Installation, running, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PHONE = "13800138000"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Doors]]:
    place = tmp_path_factory.mktemp("folder")
    left_out = shutil.ignore_patterns("tests", "node_modules")
    shutil.copytree(written_desk.ZHIJI, place / "zhiji", ignore=left_out)
    channels = place / "zhiji/flow/deliver/channels"
    for name, text in written_desk.BLOCK.findall(written_desk.PAGE.read_text("utf-8")):
        if name.startswith("fax/"):
            (channels / name).parent.mkdir(exist_ok=True)
            (channels / name).write_text(text, "utf-8")
    (channels / "fax/__init__.py").touch()
    with running("zhiji-channel-", **written_desk.on(place)) as made:
        made[1].ask("POST", "/templates", template("service"))
        yield made


def template(purpose: str) -> dict[str, str]:
    return {"key": f"fax-{purpose}", "name": "订货单", "channel": "fax", "purpose": purpose,
            "text": "{{ customer.name }}，您的订货单"}  # fmt: skip


def customer(doors: Doors, number: str, name: str) -> int:
    traits = {"name": name, "phone": f"{PHONE[:-1]}{number}"}
    doors.send({"type": "identify", "userId": f"F-{number}", "traits": traits})
    return seek(doors, name)


def told(doors: Doors, message: int) -> str:
    return str(doors.ask("GET", f"/messages/{message}")["state"])


def planned(doors: Doors, one: int, purpose: str) -> int:
    made = doors.ask("POST", "/messages", {"customer": one, "key": f"{one} {purpose}", "template": f"fax-{purpose}"})
    return int(made["id"])


def test_it_is_listed(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    assert "传真" in doors.pages.get("/settings/channels/").text
    assert "新建传真模板" in doors.pages.get("/templates/").text
    assert "发送传真" in doors.pages.get("/rules/new/").text
    assert 'value="fax"' in doors.pages.get("/messages/").text
    assert ["fax", "传真"] in doors.pages.get("/conditions/").json()["channels"]
    assert "订货单" in doors.pages.get("/templates/fax-service/").text


def test_it_sends_once_and_stands_in_the_records(house: tuple[Installation, Doors]) -> None:
    home, doors = house
    one = customer(doors, "1", "林知秋")
    message = planned(doors, one, "service")
    wait_for(lambda: told(doors, message) == "sent")
    assert (home.home / f"fax-{message}.txt").read_text("utf-8") == f"+86{PHONE[:-1]}1\n林知秋，您的订货单"
    wait_for(lambda: "触达已发送" in doors.pages.get(f"/customers/{one}/").text)
    page = doors.pages.get("/messages/?channel=fax").text
    assert "林知秋，您的订货单" in page and "模拟" in page
    assert doors.ask("GET", f"/messages/{message}")["simulated"] is True


def test_it_asks_for_its_own_consent(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    doors.ask("POST", "/templates", template("marketing"))
    one, other = customer(doors, "2", "许南星"), customer(doors, "3", "顾青禾")
    for person, channel in ((one, "fax"), (other, "email")):
        crumb = re.search(r'name="channel" value="fax"', doors.pages.get(f"/customers/{person}/").text)
        assert crumb is not None, "the customer's page asks for it"
        doors.ask("PATCH", f"/customers/{person}", {"consent": {channel: True}})
    yes, no = planned(doors, one, "marketing"), planned(doors, other, "marketing")
    wait_for(lambda: told(doors, no) == "refused")
    assert doors.ask("GET", f"/messages/{no}")["reason"] == "no_consent"
    wait_for(lambda: told(doors, yes) in ("sent", "planned"))
    assert doors.ask("GET", f"/messages/{yes}")["reason"] in ("", "quiet"), "it passed the consent"
