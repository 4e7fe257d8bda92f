"""The doors under fire: what was cut off is asked again, and what may have been done already isn't done twice."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from zhiji.ops.tests.installation import Doors

PATIENCE = 120.0  # seconds that the house may be away: it starts again in ten on a quiet machine


class Refused(Exception):
    """The house says no, and why."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(f"{status} {told}")
        self.status = status


class Client:
    """`ask` the API, `send` facts; both until there is an answer."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.cut = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers. Raises Refused."""
        answer = self._surely(lambda: self._doors.api.request(method, f"/api{path}", json=body))
        if answer.is_success:
            return answer.json() if answer.content else None
        raise Refused(answer.status_code, answer.text[:300])

    def send(self, events: list[dict[str, Any]]) -> None:
        """Facts, committed when this returns. Raises Refused when one is refused or in quarantine."""
        answer = self._surely(lambda: self._doors.door.post("/v1/batch", json={"batch": events}))
        if not answer.is_success or answer.json().get("quarantined"):
            raise Refused(answer.status_code, answer.text[:300])

    def members(self, path: str) -> set[int]:
        """Every member, page by page."""
        found, cursor = set[int](), ""
        while True:
            page = self.ask("GET", f"{path}/members?size=200&cursor={cursor}")
            found |= {row["customer_id"] for row in page["rows"]}
            cursor = page["next"]
            if not cursor:
                return found

    def _surely(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = call()
                if answer.status_code < 500:
                    return answer
                told = f"{answer.status_code} {answer.text[:300]}"
            except httpx.TransportError as error:
                told = repr(error)
            self.cut += 1
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer for {PATIENCE:.0f} s: {told}")
            time.sleep(0.3)
