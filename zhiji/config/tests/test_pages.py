"""Answers cross from the thread to the server whole: content, files, and streams read in the request's own thread."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from zhiji.config.pages import Pages

ROWS = [f"{number},王芳\n".encode() for number in range(1200)]


def ask(monkeypatch: pytest.MonkeyPatch, answer: HttpResponseBase) -> list[dict[str, Any]]:
    """What the server gets to send when a view answers so."""
    sent: list[dict[str, Any]] = []
    pages = Pages()
    monkeypatch.setattr(pages, "get_response", lambda request: answer)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

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
