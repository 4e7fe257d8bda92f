"""A database that doesn't fit the installation is refused by name, before anything is written."""

import os
import secrets
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from psycopg import OperationalError

from zhiji.access import privacy
from zhiji.access.mark import mark_of
from zhiji.access.models import CustomerKey, MasterMark
from zhiji.config import keys
from zhiji.config.options import BadOption, Options, load
from zhiji.ops import fitting
from zhiji.ops.checkup import Finding, examine
from zhiji.ops.tests.test_migrations_ahead import address

FIFTEEN = Path("/usr/lib/postgresql/15/bin")
needs_database = pytest.mark.django_db(transaction=True)


def house(home: Path, **given: str) -> Options:
    return load({"ZHIJI_HOME": str(home), "ZHIJI_DATABASE_URL": address(), **given})


def another_key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def marked() -> None:
    MasterMark.objects.all().delete()
    MasterMark.objects.create(mark=mark_of(settings.MASTER_KEY))


def found(options: Options, subject: str) -> Finding:
    return next(one for one in examine(options) if one.subject == subject)


@needs_database
def test_the_key_that_sealed_the_data_fits_and_any_other_is_refused_by_name(marked: None, tmp_path: Path) -> None:
    fitting.fit(house(tmp_path, ZHIJI_MASTER_KEY=b64encode(settings.MASTER_KEY).decode()), address())
    with pytest.raises(fitting.Unfit, match=r"ZHIJI_MASTER_KEY is not the key .* back-up"):
        fitting.fit(house(tmp_path, ZHIJI_MASTER_KEY=another_key()), address())
    (tmp_path / "master_key").write_text(another_key())
    with pytest.raises(fitting.Unfit, match=rf"the file {tmp_path}/master_key is not the key"):
        fitting.fit(house(tmp_path), address())
    told = found(house(tmp_path), "master key")
    assert told.state == "fail" and "put it back from the back-up" in told.found


@needs_database
def test_a_lost_key_beside_data_is_refused_and_none_is_made(marked: None, tmp_path: Path) -> None:
    with pytest.raises(fitting.Unfit, match="master_key is missing, but the database has data"):
        fitting.fit(house(tmp_path), address())
    assert found(house(tmp_path), "master key").state == "fail"
    assert not (tmp_path / "master_key").exists()


@needs_database
def test_a_database_older_than_the_mark_is_known_by_what_its_key_sealed(tmp_path: Path) -> None:
    MasterMark.objects.all().delete()
    privacy.customer_ciphers([7])
    fitting.fit(house(tmp_path, ZHIJI_MASTER_KEY=b64encode(settings.MASTER_KEY).decode()), address())
    with pytest.raises(fitting.Unfit, match="is not the key"):
        fitting.fit(house(tmp_path, ZHIJI_MASTER_KEY=another_key()), address())
    assert CustomerKey.objects.exists()


@needs_database
def test_a_database_without_data_gets_the_key_that_its_first_start_makes(tmp_path: Path) -> None:
    MasterMark.objects.all().delete()
    fitting.fit(house(tmp_path), address())
    assert (tmp_path / "master_key").exists()


def test_a_lost_key_beside_the_embedded_database_is_refused_and_none_is_made(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/PG_VERSION").write_text("18\n")
    with pytest.raises(BadOption, match="missing, but the data is there"):
        keys.master_key(tmp_path, "")
    assert not (tmp_path / "master_key").exists()
    assert found(load({"ZHIJI_HOME": str(tmp_path)}), "master_key").state == "fail"


@pytest.mark.parametrize(("number", "refused"), [(150_012, True), (160_000, False), (180_001, False)])
def test_an_old_server_is_told_by_its_number(number: int, refused: bool) -> None:
    told = fitting.old_server(SimpleNamespace(info=SimpleNamespace(server_version=number)))
    assert ("PostgreSQL 15, and 16 or newer is needed" in told) is refused


def test_a_database_that_is_away_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(fitting.Away, match="can't be reached"):
        fitting.fit(house(tmp_path), f"postgresql:///x?host={tmp_path}")


def test_a_server_without_its_database_yet_is_looked_at_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception | None] = [fitting.Away("away"), fitting.Away("away"), fitting.Unfit("old")]
    ended: list[int] = []
    monkeypatch.setattr(fitting, "AGAIN", 0.01)
    monkeypatch.setattr(fitting, "fit", lambda *_: (_ for _ in ()).throw(answers.pop(0) or OperationalError()))
    monkeypatch.setattr(os, "kill", lambda pid, _: ended.append(pid))
    fitting.fit_or_end(house(tmp_path), "postgresql:///x")
    for thread in [one for one in fitting.threading.enumerate() if one.name == "fitting"]:
        thread.join(5)
    assert ended == [os.getpid()] and not answers


@pytest.fixture
def fifteen(tmp_path: Path) -> Iterator[str]:
    """A real PostgreSQL 15, where Debian's is installed."""
    if not (FIFTEEN / "initdb").exists():
        pytest.skip("needs Debian's postgresql-15")
    data = tmp_path / "fifteen"
    data.mkdir(mode=0o700)
    as_root = os.geteuid() == 0
    user = "embedded_postgres" if as_root else None
    if as_root:
        shutil.chown(data, user, user)
        for one in (tmp_path, *tmp_path.parents):
            if one.stat().st_uid == 0 and one.name.startswith(("pytest", "test_", "popen-")):
                one.chmod(one.stat().st_mode | 0o011)
    options = f"-c listen_addresses='' -c unix_socket_directories={data}"

    def run(*command: str) -> None:
        subprocess.run(command, user=user, group=user, check=True, capture_output=True, cwd="/")

    run(str(FIFTEEN / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync")
    run(str(FIFTEEN / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
    yield f"postgresql:///postgres?user=postgres&host={data}"
    run(str(FIFTEEN / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


def test_a_real_postgresql_15_is_refused_by_name_at_start_and_by_the_doctor(fifteen: str, tmp_path: Path) -> None:
    given = {"ZHIJI_HOME": str(tmp_path / "home"), "ZHIJI_DATABASE_URL": fifteen}
    with pytest.raises(fitting.Unfit, match="the database is PostgreSQL 15, and 16 or newer is needed"):
        fitting.fit(load(given), fifteen)
    told = found(load(given), "PostgreSQL")
    assert told.state == "fail" and "name another in ZHIJI_DATABASE_URL" in told.found
