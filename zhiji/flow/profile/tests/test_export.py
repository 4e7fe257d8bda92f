"""The list as a file, over the server that ships: it arrives whole, and the audit tells as much as was taken."""

import csv
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest
from django.db import connection
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.flow.profile.models import Sight
from zhiji.flow.profile.tests.acts import all_settle, identified
from zhiji.kernel import clock

TOKEN = "t" * 32
MANY = 40_000
"""Rows of 300 bytes: twice what the server and the network hold for a client that doesn't read (5 MB)."""


@pytest.fixture
def server(transactional_db: None) -> Iterator[WebProcess]:
    with WebProcess() as running:
        yield running


def headers(browser: Client) -> dict[str, str]:
    cookies = f"csrftoken={TOKEN}; sessionid={browser.cookies['sessionid'].value}"
    return {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}


def told() -> dict[str, object]:
    """What the audit says of the one export."""
    deadline = time.monotonic() + 20
    while not (line := AuditLine.objects.filter(verb="customers exported").first()):
        assert time.monotonic() < deadline, "the export isn't in the audit"
        time.sleep(0.05)
    return {name: line.detail[name] for name in ("rows", "whole")}


def test_the_file_arrives_and_the_audit_counts_its_rows(
    server: WebProcess, alice: User, signed_in: Callable[[User], Client]
) -> None:
    for number in range(3):
        identified(f"user:{number}", name=f"王{number}")
    all_settle()
    asking = HTTPConnection("127.0.0.1", server.port)
    asking.request("POST", "/customers/export/", "query=", headers(signed_in(alice)))
    answer = asking.getresponse()
    assert answer.status == 200 and answer.read().decode("utf-8-sig").count("王") == 3
    assert told() == {"rows": 3, "whole": True}


def test_an_export_whose_client_leaves_is_broken_off_and_says_so(
    server: WebProcess, alice: User, signed_in: Callable[[User], Client]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO resolve_customer (id, root_id) SELECT n, n FROM generate_series(1, %s) n", [MANY])
        cursor.execute(
            "INSERT INTO profile_portrait (customer_id, name) SELECT id, repeat('李', 100) FROM resolve_customer"
        )
    request = "".join(f"{name}: {value}\r\n" for name, value in headers(signed_in(alice)).items())
    body = "query=sort%3Dname"
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = f"POST /customers/export/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{request}Content-Length: {len(body)}\r\n\r\n"
        client.sendall((head + body).encode())
        assert b"200 OK" in client.recv(1000)
    said = told()
    assert said["whole"] is False and 0 < int(str(said["rows"])) < MANY


@pytest.mark.django_db
def test_who_may_not_export_is_refused_by_what_was_asked(client: Client) -> None:
    for role, answer in ((Role.ANALYST, 403), (Role.MARKETER, 200)):
        user = User.objects.create_user(f"a {role}", role=role)
        client.force_login(user)
        said = client.post("/customers/export/", {"query": ""})
        assert said.status_code == answer
        if answer == 403:
            assert f"您的角色（{user.get_role_display()}）不能导出客户；请找管理员。" in said.content.decode()


@pytest.mark.django_db
def test_who_is_seen_again_while_the_file_is_written_is_in_it_all_the_same(
    alice: User, signed_in: Callable[[User], Client]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO resolve_customer (id, root_id) SELECT n, n FROM generate_series(1, 1200) n")
        cursor.execute("INSERT INTO profile_portrait (customer_id, name) SELECT id, '李' FROM resolve_customer")
        cursor.execute("UPDATE profile_sight SET at = now() - customer_id * interval '1 hour'")
    lines = iter(signed_in(alice).post("/customers/export/", {"query": ""}).streaming_content)  # type: ignore[attr-defined]
    taken = b""
    while taken.count(b"\n") < 2:
        taken += next(lines)
    Sight.objects.filter(customer=1200).update(at=clock.now())
    rows = list(csv.reader((taken + b"".join(lines)).decode("utf-8-sig").splitlines()))
    assert sorted(int(row[0]) for row in rows[1:]) == list(range(1, 1201))
