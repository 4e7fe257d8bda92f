"""E-mail addresses in lower case, with the domain as mail servers know it."""

import re
import unicodedata
from urllib.parse import unquote

import idna
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

LONGEST = 254  # of an address, by RFC 5321
LONGEST_LOCAL = 64

NO_EMAIL = Refusal(_("应是邮箱，例如 name@example.com"))
SEVERAL = Refusal(_("这里有不止一个邮箱；只留一个"))

_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]+")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*", re.ASCII)
_NAMED = re.compile(r"[^<>]*<([^<>]+)>")


def parse(text: str) -> str | Refusal:
    """The address alone of `Name <name@example.com>`, `mailto:…` or itself; a domain in other scripts as xn--…"""
    plain = narrow(cell(text)) if len(text) <= 2 * LONGEST else ""
    if named := _NAMED.fullmatch(plain):
        plain = named[1].strip()
    if plain[:7].lower() == "mailto:":
        plain = unquote(plain[7:].partition("?")[0])
    plain = plain.strip("'`\"").rstrip(".,;。、 ").replace("。", ".").lower()
    if plain.count("@") > 1 and re.search(r"[,;、\s/|]", plain):
        return SEVERAL
    local, at, domain = plain.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL or len(plain) > LONGEST:
        return NO_EMAIL
    if any(unicodedata.category(letter)[0] == "C" for letter in local):
        return NO_EMAIL
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return NO_EMAIL
    return f"{local}@{domain}" if _DOMAIN.fullmatch(domain) else NO_EMAIL
