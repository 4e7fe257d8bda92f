"""Answers cross from the thread to the server whole: content, files, and streams read in the request's own thread."""

import asyncio
import math
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from zhiji.config.pages import Pages

ROWS = [f"{number},王芳\n".encode() for number in range(1200)]


def ask(
    monkeypatch: pytest.MonkeyPatch, answer: HttpResponseBase, leaves_after: float = math.inf
) -> list[dict[str, Any]]:
    """What the server gets to send when a view answers so, to a client that leaves after so many messages."""
    sent: list[dict[str, Any]] = []
    asked: list[bool] = []
    pages = Pages()
    monkeypatch.setattr(pages, "get_response", lambda request: answer)

    async def receive() -> dict[str, Any]:
        if not asked:
            asked.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        while len(sent) < leaves_after:
            await asyncio.sleep(0.001)
        return {"type": "http.disconnect"}

    def send(message: dict[str, Any]) -> asyncio.Future[None]:
        """As the server's own: what it gives can be awaited and is no coroutine."""
        sent.append(message)
        return asyncio.ensure_future(asyncio.sleep(0.01))

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    asyncio.run(pages(scope, receive, send))
    return sent


def test_content_and_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = HttpResponse("好", status=201)
    answer.set_cookie("theme", "dark")
    head, body = ask(monkeypatch, answer)
    assert head["status"] == 201 and (b"Set-Cookie", b"theme=dark; Path=/") in head["headers"]
    assert body["body"].decode() == "好"


def test_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 700_000)
    head, *parts = ask(monkeypatch, FileResponse(path.open("rb")))
    assert head["status"] == 200 and len(parts) == 4
    assert b"".join(part["body"] for part in parts) == b"x" * 700_000 and not parts[-1].get("more_body")


def test_a_stream_is_read_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    def rows() -> Iterator[bytes]:
        for row in ROWS:
            threads.add(threading.get_ident())
            yield row

    _, *parts = ask(monkeypatch, StreamingHttpResponse(rows()))
    assert b"".join(part["body"] for part in parts) == b"".join(ROWS)
    assert len(threads) == 1 and threading.get_ident() not in threads and not parts[-1].get("more_body")


def test_a_stream_whose_client_left_is_closed_and_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    read, closed = [], []

    def rows() -> Iterator[bytes]:
        try:
            for row in ROWS * 100:
                read.append(row)
                yield row
        finally:
            closed.append(threading.get_ident())

    ask(monkeypatch, StreamingHttpResponse(rows()), leaves_after=2)
    assert closed and len(read) < len(ROWS) * 10


def test_a_file_whose_client_left_is_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 20_000_000)
    file = path.open("rb")
    parts = ask(monkeypatch, FileResponse(file), leaves_after=2)
    assert file.closed and len(parts) < 10


def test_a_client_that_takes_nothing_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhiji.config.pages.PATIENCE", 0.001)
    sent = ask(monkeypatch, StreamingHttpResponse(iter(ROWS)))
    assert len(sent) == 1


def test_a_stream_that_fails_is_not_ended_as_if_it_were_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def rows() -> Iterator[bytes]:
        yield from ROWS
        raise OSError("the database left")

    *_, last = ask(monkeypatch, StreamingHttpResponse(rows()))
    assert last["more_body"]
