"""Load the demo: real shopping, invented people, everything by the public way, once.

Each phase is safe to repeat and remembered when done, so a killed load goes on where it was and a second start
finds nothing to do. Rules are switched on last: history sets nothing off.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from zhiji.flow.collect import files
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel import clock, lake, lake_tidying, pipeline
from zhiji.kernel.models import Accepted, Watermark
from zhiji.ops.demo import definitions, journey

MAPPINGS = Path(__file__).parent / "mappings"
DONE = "demo: done"
MICROBATCH = 20_000


class Shown(Protocol):
    """What rich.progress.Progress gives us."""

    def add_task(self, description: str, *, total: float | None = ...) -> Any: ...

    def update(self, task_id: Any, *, completed: float = ..., total: float | None = ...) -> None: ...


class LoadFailed(Exception):
    """A file of the demo could not be imported whole; the message says which and why."""


@dataclass
class Phase:
    """One phase on the screen; `of` says how far it is."""

    label: str
    screen: Shown
    task: Any = None

    def of(self, done: float, total: float) -> None:
        self.screen.update(self.task, completed=done, total=total)


def run(progress: Shown, share: float = 1.0) -> dict[str, float]:
    """Load what isn't loaded yet, for `share` of the households. Returns the seconds each phase took."""
    if Watermark.objects.filter(name=DONE).exists():
        return {}
    took: dict[str, float] = {}
    for name, label, work in phases(share):
        if Watermark.objects.filter(name=f"demo: {name}").exists():
            continue
        phase = Phase(label, progress)
        phase.task = progress.add_task(label, total=None)
        began = time.monotonic()
        work(phase)
        phase.of(1, 1)
        took[name] = time.monotonic() - began
        Watermark.objects.get_or_create(name=f"demo: {name}", defaults={"at": clock.now()})
    Watermark.objects.get_or_create(name=DONE, defaults={"at": clock.now()})
    return took


def phases(share: float) -> list[tuple[str, str, Callable[[Phase], None]]]:
    """Every phase in order: its name, what the screen says, the work."""
    return [
        ("house", "账号、门店数据源", lambda phase: definitions.house()),
        ("files", "整理零售商一年的数据", lambda phase: journey.prepare(folder(), clock.now(), share)),
        *[(name, label, _importing(name)) for name, label in IMPORTS],
        ("lines", "导入订单行，同时处理行为", _lines_and_pipeline),
        ("pipeline", "处理行为：识别、画像", _drained),
        ("lake", "写入分析用的历史", _lake),
        ("classes", "分类方案与客群", lambda phase: definitions.classes(lambda step, done: phase.of(done, 1))),
        ("owners", "高价值客户分配负责人", _owners),
        ("rules", "优惠券、邮件模板与八条联动规则", lambda phase: definitions.rules()),
    ]


IMPORTS = (
    ("stores", "导入门店"),
    ("products", "导入商品"),
    ("customers", "导入客户"),
    ("orders", "导入订单"),
    ("campaigns", "导入营销活动"),
    ("redemptions", "导入券核销"),
)


def folder() -> Path:
    """Where the prepared files are."""
    path: Path = settings.HOME / "demo"
    return path


def _importing(name: str) -> Callable[[Phase], None]:
    def work(phase: Phase) -> None:
        _import(name, phase)

    return work


def _import(name: str, phase: Phase) -> None:
    def show(now: files.Progress) -> None:
        phase.of(now.share, 1)

    done = files.run(folder() / f"{name}.parquet", MAPPINGS / f"{name}.toml", show)
    if done.state != ImportRun.State.DONE or done.failed:
        raise LoadFailed(f"{name}.parquet: {done.failed} rows failed, {done.reason or done.failures_file}")


def _lines_and_pipeline(phase: Phase) -> None:
    """Lines are rows only, so the pipeline may work on the facts at the same time, on the other core."""
    done = threading.Event()
    beside = threading.Thread(target=_keep_draining, args=(done,), name="demo pipeline")
    beside.start()
    try:
        _import("lines", phase)
    finally:
        done.set()
        beside.join()


def _keep_draining(done: threading.Event) -> None:
    try:
        while not done.is_set():
            if not pipeline.run_once(MICROBATCH):
                done.wait(0.2)
    finally:
        connection.close()


def _drained(phase: Phase) -> None:
    left = total = Accepted.objects.count()
    while left:
        taken = pipeline.run_once(MICROBATCH)
        if not taken:
            time.sleep(0.1)
        left = Accepted.objects.count()
        phase.of(total - left, total)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _owners(phase: Phase) -> None:
    definitions.owners()
    _drained(phase)


def _lake(phase: Phase) -> None:
    while lake.append():
        pass
    lake_tidying.tidy(clock.now())
