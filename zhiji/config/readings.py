"""How the text of a setting is read: each raises ValueError with advice for one that won't do."""

import base64
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


def port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("it needs a number from 1 to 65535")
    return int(text)


def host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", text):
        raise ValueError("it needs an address such as 127.0.0.1 or 0.0.0.0, without a port")
    return text


def flag(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
        raise ValueError("it needs true or false")
    return text.lower() in {"1", "true", "yes"}


def zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError("it needs a name such as Asia/Shanghai") from error
    return text


def currency(text: str) -> str:
    if len(text) != 3 or not text.isalpha():
        raise ValueError("it needs three letters such as CNY")
    return text.upper()


def url_of(*schemes: str) -> Callable[[str], str]:
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


def hosts(text: str) -> str:
    for host in filter(None, text.split(",")):
        if "/" in host or " " in host or ":" in host.strip("[]"):
            raise ValueError(f"{host!r} is no host name; write names only, such as crm.example.com,example.com")
    return text


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(one))
        except ValueError as error:
            raise ValueError(
                f"{one!r} is no network; write addresses or networks such as 127.0.0.1,10.0.0.0/24"
            ) from error
        if found[-1].prefixlen == 0:
            raise ValueError(f"{one!r} is everybody: whoever asks could then choose an address")
    return found


def master_key(text: str) -> str:
    if text:
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("it is not base64") from error
        if len(key) != 32:
            raise ValueError(f"it holds {len(key)} bytes")
    return text


def secret(text: str) -> str:
    if text and len(text) < 16:
        raise ValueError("it needs at least 16 characters")
    return text


def engine(text: str) -> str:
    parts = urlsplit(text)
    if text == "duckdb" or (parts.scheme == "spark" and parts.hostname and parts.port):
        return text
    raise ValueError("it needs duckdb or an address such as spark://master:7077?spark.executor.memory=4g")


def keep(text: str) -> str:
    part = r"\d{1,3} (days?|weeks?|months?)"
    if not re.fullmatch(rf"{part}(, *{part})*", text) or not re.search("[1-9]", text):
        raise ValueError("say how many of each are kept, such as 7 days, 4 weeks, 12 months")
    return text


def hours(text: str) -> int:
    hours = int(text)
    if not 1 <= hours <= 24 * 31:
        raise ValueError("it needs a number of hours from 1 to 744")
    return hours


def log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("it needs DEBUG, INFO, WARNING or ERROR")
    return text.upper()
