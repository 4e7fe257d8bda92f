"""The simulator over sockets: the API on one port, what a test or a visitor may see and do on another.

Receipts are pushed when `push` is called (the process does so each second), as late, doubled, turned round or never as
`reports` says; a push that isn't answered by the number 0 comes again after 1, 5 and 10 minutes.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal

import httpx
import orjson

from zhiji.flow.deliver.channels.sms.simulator import door, rules
from zhiji.flow.deliver.channels.sms.simulator.rules import BEIJING, Account, Refusal, Sent
from zhiji.kernel import clock

AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=10))
Fault = Literal["silent", "taken and silent", "busy", "broken"]
"""What the next request meets: nothing is taken, or it is, and no answer comes; a 503; an answer that isn't JSON."""
FATES = {"0000": ("MK:0001", "空号"), "1111": ("MBBLACK", "黑名单"), "2222": ("UNDELIV", "关机")}
"""What becomes of numbers that end so."""


@dataclass
class Push:
    """An array that is due to go to `url`."""

    url: str
    rows: list[dict[str, Any]]
    due: datetime
    tries: int = 0


@dataclass
class Simulator:
    """Its state. `now` is its clock, `late` how long after a message its receipt comes
    (None: never), `twice` whether it comes again at once, `slow` how many seconds an answer takes."""

    now: Callable[[], datetime] = clock.now
    late: timedelta | None = timedelta()
    twice: bool = False
    slow: float = 0.0
    accounts: dict[str, Account] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    faults: "deque[Fault]" = field(default_factory=deque)
    pushes: list[Push] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def open(self, account: Account) -> Account:
        self.accounts[account.key_id] = account
        return account

    @property
    def sent(self) -> list[Sent]:
        return [one for account in self.accounts.values() for one in account.sent]

    def ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """One request of the API. Raises Refusal."""
        with self.lock:
            account, asked = door.entered(self.accounts, self.nonces, method, target, headers, body, self.now())
            biz_id = f"{len(self.nonces):018d}^0"
            made = rules.send(account, asked, biz_id, self.now())
            for one in made:
                self._report(account, one)
        return 200, {"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": str(uuid.uuid4()).upper()}

    def _report(self, account: Account, one: Sent) -> None:
        if self.late is None or not account.report_url:
            return
        fate = FATES.get(one.phone[-4:])
        row = {
            "phone_number": one.phone,
            "send_time": _beijing(one.at),
            "report_time": _beijing(one.at + self.late),
            "success": fate is None,
            "err_code": fate[0] if fate else "DELIVERED",
            "err_msg": fate[1] if fate else "用户接收成功",
            "sms_size": str(one.parts),
            "biz_id": one.biz_id,
            "out_id": one.out_id,
        }
        due = one.at + self.late
        self.pushes += [Push(account.report_url, [row], due) for _ in range(1 + self.twice)]

    def reply(self, account: Account, phone: str, content: str, sequence_id: str = "") -> None:
        """A customer answers."""
        row = {
            "phone_number": phone,
            "content": content,
            "send_time": _beijing(self.now()),
            "dest_code": "1069000000",
            "sequence_id": sequence_id or uuid.uuid4().hex,
        }
        self.pushes.append(Push(account.up_url, [row], self.now()))

    def push(self) -> int:
        """Push what is due; how many were taken."""
        with self.lock:
            due = [one for one in self.pushes if one.due <= self.now()]
            self.pushes = [one for one in self.pushes if one not in due]
        taken = 0
        for one in due:
            if self._taken(one):
                taken += 1
            elif one.tries < len(AGAIN):
                self.pushes.append(Push(one.url, one.rows, self.now() + AGAIN[one.tries], one.tries + 1))
        return taken

    def _taken(self, one: Push) -> bool:
        try:
            answer = httpx.post(one.url, content=orjson.dumps(one.rows), timeout=5, trust_env=False)
            told = answer.json()
        except (httpx.HTTPError, ValueError):
            return False
        self.answers.append((answer.status_code, told))
        return (
            answer.status_code == 200
            and isinstance(told, dict)
            and told.get("code") is not True
            and (type(told.get("code")) is int and told["code"] == 0)
        )


def _beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


class Api(BaseHTTPRequestHandler):
    """Aliyun's side."""

    simulator: ClassVar[Simulator]
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Nothing: numbers would stand in it."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        time.sleep(self.simulator.slow)
        fault = self.simulator.faults.popleft() if self.simulator.faults else None
        if fault == "silent":
            self.close_connection = True
            return
        if fault == "busy":
            self.say(
                503, {"Code": "ServiceUnavailable", "Message": "The request has failed due to a temporary failure"}
            )
            return
        try:
            status, told = self.simulator.ask(self.command, self.path, headers, body)
        except Refusal as refusal:
            status = refusal.status
            told = {"Code": refusal.code, "Message": refusal.words, "RequestId": str(uuid.uuid4()).upper()}
        if fault == "taken and silent":
            self.close_connection = True
            return
        self.say(status, told if fault != "broken" else "<html>")

    def say(self, status: int, told: Any) -> None:
        body = told.encode() if isinstance(told, str) else orjson.dumps(told)
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer


class Running:
    """The API of a simulator on a port of this machine; `with` it."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        handler = type("Handler", (Api,), {"simulator": simulator})
        self.simulator = simulator
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)
