"""The cast of every test: people with roles, and a clock that can be moved."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import settings as property_tests

from zhiji.access.models import Role, User


class OneRound(PBKDF2PasswordHasher):
    """The product's own way to keep a password, in one round: accounts of tests are made thousands of times."""

    iterations = 1


property_tests.register_profile("zhiji", deadline=None)  # how long an example takes depends on the machine
property_tests.load_profile("zhiji")
settings.PASSWORD_HASHERS = [f"{OneRound.__module__}.{OneRound.__qualname__}"]

LONG = ("crash", "browser", "long")
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, so that none is left for one process while the other has nothing to do."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in LONG))


_born: dict[str, bytes] = {}  # the rows that migrations made, as COPY's text


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Remember what a fresh installation holds."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for name in _written(cursor):
            with cursor.copy(f'COPY "{name}" TO STDOUT') as copy:
                _born[name] = b"".join(bytes(block) for block in copy)
    connection.close()


def _written(cursor: Any) -> list[str]:
    """The tables with rows."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = [name for (name,) in cursor.fetchall() if name not in KEPT_TABLES]
    cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables))
    return [name for (name,) in cursor.fetchall()]


def _as_installed(self: TransactionTestCase) -> None:
    """After a test that commits: only tables with rows are emptied, 20 ms where Django's flush of all takes 500, and
    the rows that migrations made are there again, for whichever test this process runs next.
    """
    with connection.cursor() as cursor:
        emptying = "".join(f'DELETE FROM "{name}";' for name in _written(cursor))
        cursor.execute(f"SET session_replication_role = replica; {emptying}")
        for name, rows in _born.items():
            with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                copy.write(rows)
        cursor.execute("SET session_replication_role = origin")


TransactionTestCase._fixture_teardown = _as_installed


def _person(name: str, role: Role) -> User:
    return User.objects.create_user(username=name, password="correct horse battery", role=role, display_name=name)


@pytest.fixture
def alice(db: None) -> User:
    """The administrator."""
    return _person("alice", Role.ADMINISTRATOR)


@pytest.fixture
def mona(db: None) -> User:
    """The manager."""
    return _person("mona", Role.MANAGER)


@pytest.fixture
def mark(db: None) -> User:
    """The marketer."""
    return _person("mark", Role.MARKETER)


@pytest.fixture
def bob(db: None) -> User:
    """A salesperson: sees his own customers only."""
    return _person("bob", Role.SALES)


@pytest.fixture
def sue(db: None) -> User:
    """A service agent."""
    return _person("sue", Role.SERVICE)


@pytest.fixture
def anna(db: None) -> User:
    """The analyst: sees figures, and contact values only masked."""
    return _person("anna", Role.ANALYST)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which the given user is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def move_clock() -> Iterator[Callable[[timedelta], None]]:
    """Move the house's clock forward for this test."""
    file = settings.HOME / "clock"
    moved = timedelta()

    def move(by: timedelta) -> None:
        nonlocal moved
        moved += by
        file.write_text(str(moved.total_seconds()))

    yield move
    file.unlink(missing_ok=True)


@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], None]]:
    """Set the house's clock for this test; it goes on from there."""
    file = settings.HOME / "clock"
    yield lambda moment: file.write_text(str((moment - datetime.now(UTC)).total_seconds())) and None
    file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def object_storage() -> Iterator[str]:
    """The address of an S3 server on this machine, a process of its own: the Delta library keeps this one waiting."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.kill()


@pytest.fixture
def lake_on_s3(object_storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty lake in a bucket of its own, for this process and those it starts."""
    import boto3

    place = f"s3://lake-{uuid4().hex}/zhiji"
    access = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    given = {**access, "AWS_ENDPOINT_URL": object_storage, "AWS_ALLOW_HTTP": "true", "ZHIJI_LAKE_URL": place}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "LAKE_URL", place)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=place.split("/")[2])
    yield
    shutil.rmtree(Path(settings.HOME) / "lake-files", ignore_errors=True)
