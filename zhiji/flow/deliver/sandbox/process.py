"""The process in which templates are compiled and filled in: `python -m zhiji.flow.deliver.sandbox.process ZONE SIGN`.

It holds no secret, opens no file, starts nothing, has a bound on its memory, and each request one on its time; what
goes beyond them dies here and not in the sender. Requests and answers are JSON behind four bytes of their length.
It ends with its parent, or after a while without work.
"""

import os
import resource
import select
import signal
import struct
import sys
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from zhiji.flow.deliver.sandbox import language
from zhiji.flow.deliver.sandbox.filters import Workspace
from zhiji.flow.deliver.sandbox.refusal import Refused

MEMORY = 192 * 1024 * 1024
"""Bytes of address space: 27 MB when it starts, 90 MB with the largest templates that pass."""
SECONDS = 2
"""Of the processor, per letter. An ordinary one takes less than a thousandth of that."""
IDLE = 300
HEAD = struct.Struct(">I")


def limit() -> None:
    """Bounds that can't be lifted again, once everything needed is loaded."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def allow_time() -> None:
    """From now on SECONDS more of the processor; then the system ends this process, whatever it is in."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS + 1, resource.RLIM_INFINITY))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    sources = [(str(source), bool(html)) for source, html in request["sources"]]
    try:
        if "variables" not in request:
            return {"needs": language.needs(sources)}
        texts, empty = language.fill(sources, request["variables"])
        return {"texts": texts, "empty": empty}
    except Refused as refused:
        return {"refused": refused.code, "line": refused.line, "told": refused.told}
    except (MemoryError, RecursionError):
        return {"refused": "memory", "line": None, "told": {}}


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Workspace.zone, Workspace.sign = ZoneInfo(sys.argv[1]), sys.argv[2]
    language.fill([("{{ '2026-01-01T00:00:00+00:00'|day }}", True)], {})  # loads what loads itself late
    limit()
    while select.select([0], [], [], IDLE)[0]:
        head = _read(HEAD.size)
        if head is None:
            return
        body = _read(HEAD.unpack(head)[0])
        if body is None:
            return
        allow_time()
        _write(orjson.dumps(answer(orjson.loads(body))))


def _read(size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(body: bytes) -> None:
    left = memoryview(HEAD.pack(len(body)) + body)
    while left:
        left = left[os.write(1, left) :]


if __name__ == "__main__":
    main()
