"""What an operator may set: `ZHIJI_*` environment variables, or the same names in one TOML file.

The environment wins over the file (`ZHIJI_CONFIG`, else `zhiji.toml` in the data folder). A bad value
refuses the start and names the setting.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhiji.config import desks
from zhiji.config.readings import (
    currency,
    engine,
    flag,
    host,
    hosts,
    hours,
    keep,
    log_level,
    master_key,
    networks,
    port,
    secret,
    url_of,
    zone,
)


class BadOption(Exception):
    """A setting has a value that can't be used; the message names it and says what would do."""


OURS = (
    "ZHIJI_CONFIG",  # where the file is
    "ZHIJI_LIFELINE",  # a supervisor is the parent
    "ZHIJI_NEW_PASSWORD",  # for `zhiji createuser` where nobody can type
)


@dataclass(frozen=True)
class Option:
    name: str
    default: str
    parse: Callable[[str], Any]
    help: str
    secret: bool = False


OPTIONS = (
    Option("HOME", "~/.zhiji", lambda t: Path(t).expanduser().absolute(), "data folder: database, lake, keys"),
    Option("PORT", "8000", port, "port of the web server"),
    Option("HOST", "127.0.0.1", host, "address the web server listens on"),
    Option(
        "PUBLIC_URL",
        "",
        url_of("http", "https"),
        "address customers reach us at, for links in messages, such as https://crm.example.com",
    ),
    Option(
        "DATABASE_URL",
        "",
        url_of("postgresql", "postgres"),
        "address of an own PostgreSQL (16 or newer) instead of the embedded one",
        secret=True,
    ),
    Option(
        "SMTP_URL",
        "",
        url_of("smtp", "smtps"),
        "server for outgoing mail, smtp://user:password@host:port",
        secret=True,
    ),
    Option(
        "SECRET_KEY",
        "",
        secret,
        "text that signs sessions and links; made at the first start and kept in the data folder",
        secret=True,
    ),
    Option(
        "MASTER_KEY",
        "",
        master_key,
        "key that wraps every customer's key (32 bytes in base64); made at the first start likewise",
        secret=True,
    ),
    Option("TIME_ZONE", "Asia/Shanghai", zone, "workspace's time zone"),
    Option("CURRENCY", "CNY", currency, "workspace's currency"),
    Option("ALLOWED_HOSTS", "", hosts, "list of host names served, comma separated; loopback always is"),
    Option(
        "TRUSTED_PROXIES",
        "",
        networks,
        "list of proxies' addresses or networks, comma separated; what they say of whom they pass on is believed",
    ),
    Option("WEBHOOK_PRIVATE", "false", flag, "switch that lets webhooks call private addresses"),
    Option(
        "LAKE_URL",
        "",
        str,
        "place of the Delta tables (a folder or object storage); the data folder by default",
    ),
    Option(
        "BACKUP_URL",
        "",
        str,
        "place of back-ups, a folder on another disk or s3://bucket/path; given, they are taken by themselves",
    ),
    Option("BACKUP_HOURS", "24", hours, "number of hours between two back-ups"),
    Option("BACKUP_KEEP", "7 days, 4 weeks, 12 months", keep, "rule by which the newest back-up of each is kept"),
    Option(
        "ENGINE",
        "duckdb",
        engine,
        "engine of builds, back-tests and reports: duckdb, or a Spark cluster as spark://host:port",
    ),
    Option(
        "DESKS",
        desks.ALL,
        desks.chosen,
        "list of the desks that are on, comma separated; one that is off keeps its data and shows nothing",
    ),
    Option("LOG_LEVEL", "INFO", log_level, "least level that is logged"),
    Option("LOG_JSON", "false", flag, "switch for logs as JSON lines"),
    Option("DEBUG", "false", flag, "switch for developers' error pages; never in production"),
    Option(
        "TEST_CLOCK", "false", flag, "switch that lets a test move the clock by the file `clock` in the data folder"
    ),
    Option(
        "DEMO", "false", flag, "switch that says this is the demo: shown on the screen, all mail received by ourselves"
    ),
    Option("DEMO_SHOPPERS", "true", flag, "switch for the demo's shoppers, who visit and buy all day"),
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
    """Read every option. Raises BadOption for an unknown name or a value that won't do."""
    env = os.environ if environ is None else environ
    written = _from_file(env)
    _refuse_unknown(env)
    values: dict[str, Any] = {}
    for option in OPTIONS:
        text, source = _given(option, env, written)
        try:
            values[option.name.lower()] = option.parse(text)
        except (ValueError, KeyError, OSError) as error:
            shown = "(secret)" if option.secret else repr(text)
            advice = f"{error}".strip("'\"")
            raise BadOption(
                f"ZHIJI_{option.name} is {shown} ({source}), which won't do: it is the {option.help}; {advice}"
            ) from error
    return Options(values)


def described(environ: Mapping[str, str] | None = None) -> list[tuple[Option, str, str]]:
    """Every option with its present text (secrets hidden) and where that comes from."""
    env = os.environ if environ is None else environ
    written = _from_file(env)
    rows = []
    for option in OPTIONS:
        text, source = _given(option, env, written)
        if text and option.secret:
            text = _without_password(text) if "://" in text else "(given)"
        rows.append((option, text, source))
    return rows


def _given(option: Option, env: Mapping[str, str], written: Mapping[str, str]) -> tuple[str, str]:
    """An option's text and its source: the environment, the file, or the default."""
    if (name := f"ZHIJI_{option.name}") in env:
        return env[name], "environment"
    if option.name.lower() in written:
        return written[option.name.lower()], "file"
    return option.default, "default"


def _from_file(env: Mapping[str, str]) -> dict[str, str]:
    home = Path(env.get("ZHIJI_HOME", "~/.zhiji")).expanduser()
    path = Path(env.get("ZHIJI_CONFIG", str(home / "zhiji.toml")))
    if not path.is_file():
        if "ZHIJI_CONFIG" in env:
            raise BadOption(f"ZHIJI_CONFIG names {path}, which is no file")
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOption(f"{path} is not valid TOML: {error}") from error
    known = [option.name.lower() for option in OPTIONS]
    written: dict[str, str] = {}
    for key, value in table.items():
        if key.lower() not in known:
            raise BadOption(f"{path} sets {key!r}, which is no option{_meant(key.lower(), known)}")
        if isinstance(value, (dict, list)):
            raise BadOption(f"{path} sets {key!r} to a {type(value).__name__}; it takes one value")
        written[key.lower()] = str(value).lower() if isinstance(value, bool) else str(value)
    return written


def _refuse_unknown(env: Mapping[str, str]) -> None:
    known = [f"ZHIJI_{option.name}" for option in OPTIONS]
    for name in sorted(env):
        if name.startswith("ZHIJI_") and name not in known and name not in OURS:
            raise BadOption(f"{name} is no option{_meant(name, known)}")


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
