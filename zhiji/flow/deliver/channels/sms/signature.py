"""Aliyun's signature V3 (ACS3-HMAC-SHA256): what is signed, and how. The simulator checks by the same text of the docs.

https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def encoded(text: str) -> str:
    """Percent-encoded as RFC 3986 has it: a blank is %20, and `~` stays."""
    return quote(text, safe="-_.~")


def query_of(parameters: Mapping[str, str]) -> str:
    """The canonical query string."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(parameters.items()))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def signature(method: str, query: str, headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """Of a request to `/`; `headers` are those that are signed, names in lower case."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    request = "\n".join((method, "/", query, lines, ";".join(names), digest(body)))
    told = f"{ALGORITHM}\n{digest(request.encode())}"
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def authorization(method: str, query: str, headers: Mapping[str, str], body: bytes, key: tuple[str, str]) -> str:
    """The header, by an access key's id and secret."""
    signed = signature(method, query, headers, body, key[1])
    return f"{ALGORITHM} Credential={key[0]},SignedHeaders={';'.join(sorted(headers))},Signature={signed}"
