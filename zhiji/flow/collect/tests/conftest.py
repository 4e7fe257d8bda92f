"""A running door: the ASGI application called in process, and a source that may send."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from zhiji.flow.collect.models import EventName, Source
from zhiji.flow.collect.web.tracking import Tracking

KEY = "wk_test"
NOW = datetime(2026, 5, 3, 8, tzinfo=UTC)


async def _elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


class Door:
    """Posts requests to a fresh application, all at once, and closes it."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def many(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            tracking = Tracking(otherwise=_elsewhere, **self.settings)
            transport = httpx.ASGITransport(app=tracking)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                answers = await asyncio.gather(
                    *(client.request(more.pop("method", "POST"), path, **more) for path, more in requests)
                )
            await tracking.close()
            return answers

        return asyncio.run(run())

    def send(self, path: str, body: Any = None, key: str | None = KEY, **more: Any) -> httpx.Response:
        if key is not None:
            more["auth"] = (key, "")
        if body is not None:
            more["content" if isinstance(body, bytes) else "json"] = body
        return self.many([(path, more)])[0]

    def batch(self, *events: dict[str, Any], **more: Any) -> httpx.Response:
        return self.send("/v1/batch", {"batch": list(events), **more})


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def shop(transactional_db: None) -> Source:
    from importlib import import_module

    from django.apps import apps

    if not EventName.objects.exists():  # a flushed database has lost what migrations put in
        import_module("zhiji.flow.collect.migrations.0002_event_names").fill(apps, None)
    return Source.objects.create(key="shop", name="商城", write_key=KEY)


@pytest.fixture
def track() -> Callable[..., dict[str, Any]]:
    def make(event: str = "Product Viewed", user: Any = "u-1", **properties: Any) -> dict[str, Any]:
        return {"type": "track", "event": event, "userId": user, "properties": properties}

    return make
