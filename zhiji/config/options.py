"""What an operator may set: `ZHIJI_*` environment variables, or the same names in one TOML file.

The environment wins over the file (`ZHIJI_CONFIG`, else `zhiji.toml` in the data folder). A bad value
refuses the start and names the setting.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


class BadOption(Exception):
    """A setting has a value that can't be used; the message names it and says what would do."""


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError("a port from 1 to 65535")
    return port


def _flag(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
        raise ValueError("true or false")
    return text.lower() in {"1", "true", "yes"}


def _zone(text: str) -> str:
    ZoneInfo(text)
    return text


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isalpha():
        raise ValueError("three letters such as CNY")
    return text.upper()


def _url_of(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and text.split("://", 1)[0] not in schemes:
            raise ValueError(f"an address that begins with {' or '.join(s + '://' for s in schemes)}")
        return text

    return parse


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return text.upper()


@dataclass(frozen=True)
class Option:
    name: str
    default: str
    parse: Callable[[str], Any]
    help: str


OPTIONS = (
    Option("HOME", "~/.zhiji", lambda t: Path(t).expanduser().absolute(), "data folder: database, lake, keys"),
    Option("PORT", "8000", _port, "port of the web server"),
    Option("HOST", "127.0.0.1", str, "address the web server listens on"),
    Option("PUBLIC_URL", "", _url_of("http", "https"), "address customers reach us at, for links in messages"),
    Option(
        "DATABASE_URL",
        "",
        _url_of("postgresql", "postgres"),
        "own PostgreSQL (≥ 16) instead of the embedded one",
    ),
    Option("SMTP_URL", "", _url_of("smtp", "smtps"), "outgoing mail, smtp://user:password@host:port"),
    Option("SECRET_KEY", "", str, "signs sessions and links; made at first start and kept in the data folder"),
    Option("MASTER_KEY", "", str, "wraps every customer's key (32 bytes, base64); made at first start likewise"),
    Option("TIME_ZONE", "Asia/Shanghai", _zone, "the workspace's time zone"),
    Option("CURRENCY", "CNY", _currency, "the workspace's currency"),
    Option("ALLOWED_HOSTS", "", str, "host names served, comma separated; loopback always is"),
    Option("WEBHOOK_PRIVATE", "false", _flag, "whether webhooks may call private addresses"),
    Option(
        "LAKE_URL",
        "",
        str,
        "where the Delta tables live (a folder or object storage); the data folder by default",
    ),
    Option("ENGINE", "duckdb", str, "engine for builds and reports: duckdb, or spark://host:port"),
    Option("LOG_LEVEL", "INFO", _log_level, "how much is logged"),
    Option("LOG_JSON", "false", _flag, "structured logs as JSON lines"),
    Option("DEBUG", "false", _flag, "developers' error pages; never in production"),
    Option("TEST_CLOCK", "false", _flag, "lets a test move the clock by the file `clock` in the data folder"),
    Option("DEMO", "false", _flag, "this is the demo: say so on the screen, receive all mail ourselves"),
)


@dataclass(frozen=True)
class Options:
    """Every option, parsed, by its lower-case name."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def load(environ: Mapping[str, str] | None = None) -> Options:
    """Read every option. Raises BadOption for an unknown name in the file or a value that won't do."""
    env = os.environ if environ is None else environ
    home = Path(env.get("ZHIJI_HOME", "~/.zhiji")).expanduser()
    path = Path(env.get("ZHIJI_CONFIG", str(home / "zhiji.toml")))
    written: dict[str, str] = {}
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadOption(f"{path} is not valid TOML: {error}") from error
        known = {option.name.lower() for option in OPTIONS}
        for key, value in table.items():
            if key.lower() not in known:
                raise BadOption(f"{path} sets {key!r}, which is no option; known are {', '.join(sorted(known))}")
            written[key.lower()] = str(value).lower() if isinstance(value, bool) else str(value)
    values: dict[str, Any] = {}
    for option in OPTIONS:
        text = env.get(f"ZHIJI_{option.name}", written.get(option.name.lower(), option.default))
        try:
            values[option.name.lower()] = option.parse(text)
        except (ValueError, KeyError, OSError) as error:
            raise BadOption(f"ZHIJI_{option.name}={text!r} won't do ({option.help}): {error}") from error
    return Options(values)
