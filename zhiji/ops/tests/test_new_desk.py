"""A desk is a folder and no other edit: the one that docs/CONTRIBUTING.md writes is put into a house and used there.

Once as a folder, once as a package that is installed beside the house; over the processes that ship.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from zhiji.ops.tests import written_desk
from zhiji.ops.tests.erasure.life import seek
from zhiji.ops.tests.erasure.places import found
from zhiji.ops.tests.installation import Doors, Installation, running, track, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
ERASER = '    emptied(Wish, keeps=["key"], said="–"),\n'
LONG_AGO = "2026-01-05T04:00:00+00:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_desk.folder(tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="module")
def package(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_desk.package(folder, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module", params=["folder", "package"])
def house(request: pytest.FixtureRequest) -> Iterator[tuple[Installation, Doors]]:
    place = request.getfixturevalue(request.param)
    with running("zhiji-desk-", **written_desk.on(place)) as made:
        yield made


def visitor(doors: Doors, number: str, name: str) -> int:
    """A customer who was here long ago."""
    who = {"type": "identify", "userId": number, "traits": {"name": name}, "timestamp": LONG_AGO}
    doors.send(who, {**track("Page Viewed", number), "timestamp": LONG_AGO})
    return seek(doors, name)


def wish(doors: Doors, customer: int, said: str) -> None:
    doors.post("/wishes/new/", customer=str(customer), said=said)


def wishes(doors: Doors) -> list[str]:
    return [row["said"] for row in doors.ask("GET", "/lists/wishes?size=200")["rows"]]


def restarted(home: Installation, **settings: str) -> None:
    home.down()
    home.environment |= settings
    home.up()
    wait_for(lambda: home.well() or home.process.poll() is not None)
    assert home.process.poll() is None, home.said().decode()[-3000:]


def happened(doors: Doors, customer: int, name: str) -> int:
    rows = doors.ask("GET", f"/customers/{customer}/timeline")["rows"]
    return sum(one["name"] == name for one in rows)


def addresses(doors: Doors) -> set[str]:
    return set(doors.pages.get("/api/openapi.json").json()["paths"])


def test_it_is_listed(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    assert 'href="/wishes/"' in doors.pages.get("/customers/").text
    assert "心愿单" in doors.pages.get("/wishes/").text
    assert "/api/lists/wishes" in addresses(doors)
    assert "<code>wishes</code>" in doors.pages.get("/workspace/").text
    assert "记一个心愿" in doors.pages.get("/rules/new/").text


def test_it_is_permitted(house: tuple[Installation, Doors]) -> None:
    home, doors = house
    assert 'value="wishes:write"' in doors.pages.get("/me/").text
    made = home.command("createuser", "anna", "--role", "analyst", ZHIJI_NEW_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    with httpx.Client(base_url=home.url, follow_redirects=True, trust_env=False, timeout=60) as pages:
        door = pages.get("/accounts/login/")
        crumb = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', door.text)
        assert crumb is not None
        given = {"login": "anna", "password": "correct horse battery", "csrfmiddlewaretoken": crumb[1]}
        assert pages.post("/accounts/login/", data=given).status_code == 200
        assert 'href="/wishes/"' not in pages.get("/customers/").text
        refused = pages.get("/wishes/")
    assert refused.status_code == 403 and "查看心愿" in refused.text


def test_it_is_worded_and_found(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    one = visitor(doors, "W-1", "林知秋")
    wish(doors, one, "银杏书签")
    assert "记下心愿 <a" in doors.pages.get("/audit/").text
    wait_for(lambda: "说了一个心愿" in doors.pages.get(f"/customers/{one}/").text)
    assert "银杏书签" in doors.pages.get(f"/palette/?q={quote('银杏')}").text


def test_what_staff_and_rules_do_in_it_is_no_visit(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    steps = [{"kind": "note_wish", "said": "再来一个"}]
    trigger = {"kind": "fact", "fact": "wish_noted"}
    rule = {"name": "心愿", "key": "more", "trigger": trigger, "steps": steps, "holdout": 0}
    doors.ask("POST", "/rules", rule)
    doors.ask("POST", "/rules/more/switch?to=on")
    one = visitor(doors, "W-2", "许南星")
    wish(doors, one, "青瓷茶盏")
    wait_for(lambda: happened(doors, one, "wish_noted") == 2)
    assert doors.ask("GET", f"/customers/{one}")["last_seen_at"] == LONG_AGO
    doors.send(track("Page Viewed", "W-2"))
    wait_for(lambda: doors.ask("GET", f"/customers/{one}")["last_seen_at"] > LONG_AGO)


def test_it_cannot_be_forged_by_a_write_key(house: tuple[Installation, Doors]) -> None:
    _home, doors = house
    one = visitor(doors, "W-3", "顾青禾")
    forged = [track("Wish Noted", "W-3", wish=1), track("wish_noted", "W-3", wish=1)]
    answer = doors.door.post("/v1/batch", json={"batch": [*forged, track("Wish Said", "W-3")]}).json()
    assert answer["quarantined"] == 2
    wait_for(lambda: happened(doors, one, "wish_said") == 1)
    assert happened(doors, one, "wish_noted") == 0


def test_it_is_imported(house: tuple[Installation, Doors], tmp_path: Path) -> None:
    home, doors = house
    (tmp_path / "wishes.csv").write_text("会员号,心愿\nW-4,松烟墨\nW-5,宣纸\n", "utf-8")
    (tmp_path / "wishes.toml").write_text('kind = "wish"\n[columns]\ncustomer = "会员号"\nsaid = "心愿"\n', "utf-8")
    for told in ("2 new", "2 known"):
        done = home.command("import", str(tmp_path / "wishes.csv"), str(tmp_path / "wishes.toml"))
        assert done.returncode == 0 and told in done.stdout, (done.stdout, done.stderr)
        (tmp_path / "wishes.csv").write_text("会员号,心愿\nW-5,宣纸\nW-4,松烟墨\n", "utf-8")
    assert {"松烟墨", "宣纸"} <= set(wishes(doors))


def test_it_is_erased_with_its_customer(house: tuple[Installation, Doors]) -> None:
    home, doors = house
    one = visitor(doors, "W-6", "沈听澜")
    wish(doors, one, "沈听澜要的螺钿匣")
    assert "wishes_wish.said" in found(home.home, ["螺钿匣"])
    doors.post(f"/customers/{one}/", to=f"/customers/{one}/erasure/")
    assert found(home.home, ["螺钿匣"]) == {}


@pytest.mark.parametrize("house", ["package"], indirect=True)
def test_switched_off_it_shows_nothing_and_keeps_everything(house: tuple[Installation, Doors]) -> None:
    home, doors = house
    kept, gone = visitor(doors, "W-7", "陆明夷"), visitor(doors, "W-8", "周既白")
    wish(doors, kept, "竹编提篮")
    wish(doors, gone, "周既白的湖笔")
    noted = {"kind": "behaviour", "fact": "wish_noted", "op": "ge", "value": 1}
    issued = {"kind": "offered", "name": "coupon", "with": {"did": "issued"}}
    doors.ask("POST", "/segments", {"key": "wishing", "name": "有心愿", "condition": noted})
    doors.ask("POST", "/segments", {"key": "given", "name": "有券", "condition": issued})
    rule = {"name": "记", "trigger": {"kind": "fact", "fact": "x"}, "steps": [{"kind": "note_wish", "said": "x"}]}
    doors.ask("POST", "/rules", {**rule, "key": "noting"})
    restarted(home, ZHIJI_DESKS="sales")
    _shows_nothing(doors, rule)
    doors.post(f"/customers/{gone}/", to=f"/customers/{gone}/erasure/")
    assert found(home.home, ["周既白的湖笔"]) == {}
    restarted(home, ZHIJI_DESKS="all")
    assert 'href="/wishes/"' in doors.pages.get("/customers/").text
    said = wishes(doors)
    assert "竹编提篮" in said and "周既白的湖笔" not in said
    assert "”已关闭" not in doors.pages.get("/rules/noting/").text + doors.pages.get("/segments/wishing/").text


def _shows_nothing(doors: Doors, rule: dict[str, Any]) -> None:
    rail = doors.pages.get("/customers/").text
    assert 'href="/tasks/"' in rail and 'href="/wishes/"' not in rail and 'href="/orders/"' not in rail
    assert [doors.pages.get(f"/{page}/").status_code for page in ("tasks", "wishes", "orders")] == [200, 404, 404]
    assert "/api/tasks" in addresses(doors) and not {"/api/lists/wishes", "/api/coupons"} & addresses(doors)
    assert doors.api.get("/api/lists/wishes").status_code == 404
    assert 'value="tasks:write"' in (me := doors.pages.get("/me/").text) and 'value="wishes:' not in me
    form, built = doors.pages.get("/rules/new/").text, doors.pages.get("/conditions/").json()
    assert "新建跟进任务" in form and "记一个心愿" not in form and "说了一个心愿" not in form
    conditions, facts = {one["name"] for one in built["offered"]}, dict(built["facts"])
    assert "task" in conditions and "coupon" not in conditions
    assert "task_opened" in facts and "wish_noted" not in facts
    assert "（“心愿”已关闭，不执行）" in doors.pages.get("/rules/noting/").text
    assert "“心愿”已关闭" in doors.pages.get("/segments/wishing/").text
    assert "“会员”已关闭" in doors.pages.get("/segments/given/").text
    refused = doors.api.post("/api/rules", json={**rule, "key": "again"})
    assert refused.status_code == 422 and "“心愿”已关闭" in refused.json()["detail"]
    assert doors.door.post("/v1/batch", json={"batch": [track("Wish Noted", "W-7")]}).json()["quarantined"] == 1


def test_what_it_leaves_out_is_named(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "house")
    offers = place / "zhiji/desks/wishes/offers.py"
    whole = offers.read_text("utf-8")
    for line in (ERASER, '"wish noted": pgettext_lazy("audit", "记下心愿 %(id)s")'):
        assert line in whole
        whole = whole.replace(line, "")
    offers.write_text(whole.replace('Permission("wishes:write"', 'Permission("wishes:edit"'), "utf-8")
    told = written_desk.python(place, "-m", "django", "check").stderr
    assert "wishes.Wish is keyed to the customer and has no eraser" in told
    assert "words for the audit's verb “wish noted”" in told and "the permission “wishes:write”" in told


def test_a_package_that_forgets_nobody_is_not_started(package: Path, tmp_path: Path) -> None:
    site = shutil.copytree(package, tmp_path / "site")
    start = "from zhiji.ops.house import load_all; load_all()"
    assert written_desk.python(site, "-c", start).returncode == 0
    offers = site / "zhiji_wishes/offers.py"
    offers.write_text(offers.read_text("utf-8").replace(ERASER, ""), "utf-8")
    refused = written_desk.python(site, "-c", start)
    assert refused.returncode and "Refused: a desk isn't fit to be started" in refused.stderr
    assert "wishes.Wish is keyed to the customer and has no eraser" in refused.stderr


def test_it_may_not_know_another_desk(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "house")
    shutil.copy(written_desk.ZHIJI.parent / "pyproject.toml", place)

    def checked() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [Path(sys.executable).parent / "lint-imports", "--no-cache", "--contract", "desks"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert checked().returncode == 0
    (place / "zhiji/desks/wishes/peeping.py").write_text("from zhiji.desks.sales.models import Task\n", "utf-8")
    broken = checked()
    assert broken.returncode == 1 and "zhiji.desks.wishes is not allowed to import zhiji.desks.sales" in broken.stdout
