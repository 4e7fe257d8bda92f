"""One person with values that are nobody else's goes through every door of an installation."""

import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from zhiji.ops.tests.installation import Doors, track, wait_for

NAME, FORMER_NAME, NUMBER, SECOND = "欧阳蕤宾", "欧阳蕤生", "MBR-7730918", "MBR-7730919"
PHONE, SECOND_PHONE, MAIL, ADDRESS = "13987651234", "13987651299", "ruibin.ouyang@later-bounce.example", "蕤宾里 77 弄"
WORDS = "爱听编钟与埙"
VALUES = (NAME, FORMER_NAME, NUMBER, SECOND, PHONE, SECOND_PHONE, MAIL, ADDRESS, WORDS)
OTHERS = 2_010
"""Enough that a file of members is written by the worker, to disk."""
EVERYBODY = {"kind": "behaviour", "fact": "customer_identified", "op": "ge", "value": 1}


def lived(doors: Doors) -> int:
    """Everything that happens to the person. Returns the customer's id."""
    told(doors)
    one = seek(doors, NAME)
    ruled(doors)
    tended(doors, one)
    merged(doors, one)
    lettered(doors, one)
    imported(doors)
    searched(doors)
    exported(doors)
    return one


def seek(doors: Doors, name: str) -> int:
    asked = f"/customers/search?{urlencode({'q': name})}"
    wait_for(lambda: bool(doors.ask("GET", asked)))
    return int(doors.ask("GET", asked)[0]["id"])


def told(doors: Doors) -> None:
    """The tracking protocol: who it is, what they do, and an event that can't be taken."""
    for start in range(0, OTHERS, 2_010):
        doors.send(
            *({"type": "identify", "userId": f"o{n}", "traits": {"name": f"客{n}"}} for n in range(start, OTHERS))
        )
    contact = {"phone": PHONE, "email": MAIL, "address": ADDRESS}
    doors.send(
        {"type": "identify", "userId": NUMBER, "traits": {"name": FORMER_NAME}, "timestamp": "2026-01-01T00:00:00Z"}
    )
    doors.send({"type": "identify", "userId": NUMBER, "traits": {"name": NAME, "备注": WORDS, **contact}})
    doors.send(
        track("Note Left", NUMBER, note=f"{WORDS} {NAME} {PHONE}"),
        track("Products Searched", NUMBER, query=WORDS),
        track("Order Completed", NUMBER, order_id="A-1", total=88, remark=f"{WORDS}，{ADDRESS}"),
    )
    bad = {**track("Note Left", NUMBER, note=WORDS), "timestamp": "gestern"}
    assert doors.door.post("/v1/batch", json={"batch": [bad]}).json()["quarantined"]


def ruled(doors: Doors) -> None:
    """A rule that writes, gives, tags, opens a task and calls a webhook."""
    doors.ask("POST", "/coupon-offers", {"key": "ten", "name": "十元券", "value": 10})
    steps = [
        {"kind": "issue_coupon", "offer": "ten"},
        {"kind": "tag", "tag": "听众"},
        {"kind": "call_webhook", "url": "https://127.0.0.1:9/"},
    ]
    trigger = {"kind": "fact", "fact": "note_left"}
    rule = doors.ask(
        "POST", "/rules", {"name": "听众", "key": "ears", "trigger": trigger, "steps": steps, "holdout": 0}
    )
    doors.ask("POST", f"/rules/{rule['key']}/switch?to=on")
    doors.send(track("note_left", NUMBER, note=WORDS))
    wait_for(lambda: bool(doors.ask("GET", "/coupons")["rows"]))


def tended(doors: Doors, one: int) -> None:
    """What people here write down of them."""
    changes = {"attributes": {"爱好": WORDS, "旧名": FORMER_NAME}, "add_tags": [f"{NAME}的朋友"], "city": "扬州"}
    doors.ask("PATCH", f"/customers/{one}", {**changes, "consent": {"email": True}})
    task = {"customer_id": one, "title": f"{NAME}：{WORDS}", "due_on": datetime.now(UTC).date().isoformat()}
    made = doors.ask("POST", "/tasks", task)
    doors.ask("POST", "/comments", {"subject": "resolve.customer", "id": one, "text": f"{NAME}，{WORDS}，{PHONE}"})
    doors.ask("POST", f"/tasks/{made['id']}/closure", {"outcome": f"{NAME}说{WORDS}"})


def merged(doors: Doors, one: int) -> None:
    """Somebody else who turns out to be the same person."""
    doors.send({"type": "identify", "userId": SECOND, "traits": {"name": FORMER_NAME, "phone": SECOND_PHONE}})
    other = seek(doors, FORMER_NAME)
    doors.ask("POST", f"/customers/{one}/merges", {"other": other})


def lettered(doors: Doors, one: int) -> None:
    """A letter written to them: received, opened, and returned by their provider."""
    letter = {
        "customer": one,
        "key": "k1",
        "subject": f"{NAME}，你好",
        "text": f"{WORDS}\n\nhttps://shop.example/{NUMBER}",
    }
    sent = doors.ask("POST", "/messages", {**letter, "purpose": "service"})
    wait_for(lambda: bool(doors.ask("GET", f"/messages/{sent['id']}")["bounced_at"]))


def imported(doors: Doors) -> None:
    """A file in which a row of theirs goes in, and one doesn't."""
    rows = f"会员号,姓名,手机号,邮箱\n{NUMBER},{NAME},{PHONE},{MAIL}\n-,{NAME},{PHONE},{MAIL}\n"
    upload(
        doors, rows, {"column-id": "会员号", "column-name": "姓名", "column-phone": "手机号", "column-email": "邮箱"}
    )
    draft(doors, rows)


def draft(doors: Doors, rows: str) -> Any:
    page = doors.pages.get("/imports/")
    crumb = {"csrfmiddlewaretoken": _crumb(page.text)}
    return doors.pages.post(
        "/imports/", data=crumb, files={"file": ("会员.csv", io.BytesIO(rows.encode()), "text/csv")}
    )


def upload(doors: Doors, rows: str, columns: dict[str, str]) -> None:
    page = draft(doors, rows)
    assert page.status_code == 200, (page.status_code, page.url, page.text)
    given = {"kind": "customer", "kind_was": "customer", "rest": "1", "start": "1", **columns}
    place = page.url.path
    answer = doors.pages.post(place, data={**given, "csrfmiddlewaretoken": _crumb(page.text)})
    run = answer.url.path
    assert answer.status_code == 200 and run.rstrip("/").split("/")[-1].isdigit(), (run, answer.text[:2000])
    wait_for(lambda: doors.pages.get(f"{run}failures/").status_code == 200)


def searched(doors: Doors) -> None:
    """They are looked for, and the search is kept."""
    for text in (NAME, PHONE, NUMBER):
        assert doors.pages.get("/customers/", params={"q": text}).status_code == 200
    doors.post("/customers/", to="/customers/views/", name=f"找{NAME}", query=urlencode({"q": NAME}))
    doors.pages.get("/customers/")
    doors.post("/customers/", to="/customers/export/", query=urlencode({"q": NAME}))
    doors.post("/customers/", to="/customers/views/", name=f"再找{NAME}", query=urlencode({"q": NUMBER}))


def exported(doors: Doors) -> None:
    """A file of members among whom they are."""
    doors.ask("POST", "/segments", {"key": "all", "name": "全部", "condition": EVERYBODY})
    wait_for(lambda: doors.ask("GET", "/segments/all")["size"] > OTHERS - 10)
    doors.post("/segments/all/", to="/segments/all/export/", form="csv", query="")


def _crumb(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    return found[1]
