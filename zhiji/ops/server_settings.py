"""What the embedded PostgreSQL is told, scaled to the memory there is. Commits stay durable."""

import os
import shutil
from pathlib import Path

FILE = "zhiji.conf"
SMALL = 1024  # MiB that a server shares at most among its sessions while there is little data


def write(data: Path, socket: Path, extra: dict[str, str]) -> None:
    """Write `zhiji.conf`, which postgresql.conf includes. ALTER SYSTEM still wins over it."""
    chosen = {
        **settings(memory(), shutil.disk_usage(data).free, size(data / "base")),
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        **extra,
    }
    lines = "".join(f"{name} = '{value}'\n" for name, value in chosen.items())
    path = data / FILE
    path.write_text(f"# Written at every start; your own settings: ALTER SYSTEM.\n{lines}")
    path.chmod(0o600)


def settings(memory: int, disk: int, size: int) -> dict[str, str]:
    """Server settings for a machine with `memory` bytes, and `disk` bytes free for data, of which it has `size`.
    Commits stay durable.

    What the server keeps in memory it keeps for good, so a small house has a small share, and a grown one more from
    its next start on; till then the system's own cache serves.

    After a checkpoint each page is logged whole when it first changes. A log of millions of facts changes hundreds of
    thousands of pages, so there are few checkpoints under load as long as the disk has room for the log between them.
    """

    def megabytes(share: float, least: int, most: int) -> str:
        return f"{max(least, min(most, int(memory * share / 1024**2)))}MB"

    return {
        "shared_buffers": megabytes(1 / 4, 128, max(SMALL, min(8192, size // 1024**2 // 4))),
        "effective_cache_size": megabytes(1 / 2, 256, 65536),
        "work_mem": megabytes(1 / 256, 16, 64),
        "maintenance_work_mem": megabytes(1 / 32, 64, 512),
        "max_wal_size": f"{max(1, min(8, disk // 8 // 1024**3))}GB",
        "min_wal_size": "512MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "off",  # the wheel has pglz alone: it takes most of the pipeline's core to save a tenth
        "wal_buffers": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "120",
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_cost_limit": "2000",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }


def size(folder: Path) -> int:
    """Bytes of all files below the folder; 0 where there is none."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.exists() else 0


def memory() -> int:
    """Bytes of memory this process may use: the machine's, or its control group's if that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return machine
    return min(machine, limit)
