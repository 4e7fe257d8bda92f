"""What an operator may set: `ZHIJI_*` environment variables, or the same names in one TOML file.

The environment wins over the file (`ZHIJI_CONFIG`, else `zhiji.toml` in the data folder). A bad value
refuses the start and names the setting.
"""

import base64
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


class BadOption(Exception):
    """A setting has a value that can't be used; the message names it and says what would do."""


OURS = (
    "ZHIJI_CONFIG",  # where the file is
    "ZHIJI_LIFELINE",  # a supervisor is the parent
    "ZHIJI_NEW_PASSWORD",  # for `zhiji createuser` where nobody can type
)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("it needs a number from 1 to 65535")
    return int(text)


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", text):
        raise ValueError("it needs an address such as 127.0.0.1 or 0.0.0.0, without a port")
    return text


def _flag(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
        raise ValueError("it needs true or false")
    return text.lower() in {"1", "true", "yes"}


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError("it needs a name such as Asia/Shanghai") from error
    return text


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isalpha():
        raise ValueError("it needs three letters such as CNY")
    return text.upper()


def _url_of(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not text:
            return text
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        parts = urlsplit(text)
        if parts.scheme not in schemes:
            raise ValueError(f"it needs an address that begins with {begins}")
        try:
            _ = parts.port
        except ValueError as error:
            raise ValueError("the port in it is no number from 1 to 65535") from error
        if not parts.hostname and "host=" not in parts.query:
            raise ValueError("the host's name is missing in it")
        return text

    return parse


def _hosts(text: str) -> str:
    for host in filter(None, text.split(",")):
        if "/" in host or " " in host or ":" in host.strip("[]"):
            raise ValueError(f"{host!r} is no host name; write names only, such as crm.example.com,example.com")
    return text


def _master_key(text: str) -> str:
    if text:
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("it is not base64") from error
        if len(key) != 32:
            raise ValueError(f"it holds {len(key)} bytes")
    return text


def _secret(text: str) -> str:
    if text and len(text) < 16:
        raise ValueError("it needs at least 16 characters")
    return text


def _engine(text: str) -> str:
    parts = urlsplit(text)
    if text == "duckdb" or (parts.scheme == "spark" and parts.hostname and parts.port):
        return text
    raise ValueError("it needs duckdb or an address such as spark://master:7077?spark.executor.memory=4g")


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("it needs DEBUG, INFO, WARNING or ERROR")
    return text.upper()


@dataclass(frozen=True)
class Option:
    name: str
    default: str
    parse: Callable[[str], Any]
    help: str
    secret: bool = False


OPTIONS = (
    Option("HOME", "~/.zhiji", lambda t: Path(t).expanduser().absolute(), "data folder: database, lake, keys"),
    Option("PORT", "8000", _port, "port of the web server"),
    Option("HOST", "127.0.0.1", _host, "address the web server listens on"),
    Option(
        "PUBLIC_URL",
        "",
        _url_of("http", "https"),
        "address customers reach us at, for links in messages, such as https://crm.example.com",
    ),
    Option(
        "DATABASE_URL",
        "",
        _url_of("postgresql", "postgres"),
        "address of an own PostgreSQL (16 or newer) instead of the embedded one",
        secret=True,
    ),
    Option(
        "SMTP_URL",
        "",
        _url_of("smtp", "smtps"),
        "server for outgoing mail, smtp://user:password@host:port",
        secret=True,
    ),
    Option(
        "SECRET_KEY",
        "",
        _secret,
        "text that signs sessions and links; made at the first start and kept in the data folder",
        secret=True,
    ),
    Option(
        "MASTER_KEY",
        "",
        _master_key,
        "key that wraps every customer's key (32 bytes in base64); made at the first start likewise",
        secret=True,
    ),
    Option("TIME_ZONE", "Asia/Shanghai", _zone, "workspace's time zone"),
    Option("CURRENCY", "CNY", _currency, "workspace's currency"),
    Option("ALLOWED_HOSTS", "", _hosts, "list of host names served, comma separated; loopback always is"),
    Option("WEBHOOK_PRIVATE", "false", _flag, "switch that lets webhooks call private addresses"),
    Option(
        "LAKE_URL",
        "",
        str,
        "place of the Delta tables (a folder or object storage); the data folder by default",
    ),
    Option(
        "ENGINE",
        "duckdb",
        _engine,
        "engine of builds, back-tests and reports: duckdb, or a Spark cluster as spark://host:port",
    ),
    Option("LOG_LEVEL", "INFO", _log_level, "least level that is logged"),
    Option("LOG_JSON", "false", _flag, "switch for logs as JSON lines"),
    Option("DEBUG", "false", _flag, "switch for developers' error pages; never in production"),
    Option(
        "TEST_CLOCK", "false", _flag, "switch that lets a test move the clock by the file `clock` in the data folder"
    ),
    Option(
        "DEMO", "false", _flag, "switch that says this is the demo: shown on the screen, all mail received by ourselves"
    ),
    Option("DEMO_SHOPPERS", "true", _flag, "switch for the demo's shoppers, who visit and buy all day"),
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
