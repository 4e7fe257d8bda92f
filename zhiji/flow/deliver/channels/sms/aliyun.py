"""Aliyun's text messages: SendSms of the API 2017-05-25, over HTTP.

It has no key by which a repeat is known, so once a request may have reached it, silence is `Unknown` and nothing is
sent again. No connection is kept: on one that the server just ended, nobody could say whether the request arrived.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from zhiji.flow.deliver import reasons as shared
from zhiji.flow.deliver.channel import Accepted, AccountFault, Down, Later, Refused, Result, Unknown
from zhiji.flow.deliver.channels.sms import reasons
from zhiji.flow.deliver.channels.sms.signature import authorization, digest, query_of
from zhiji.kernel import clock

ENDPOINT = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
TIMEOUT = httpx.Timeout(20.0, connect=5.0)

ACCOUNT = frozenset(
    [
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL",
        "isv.DENY_IP_RANGE",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isp.RAM_PERMISSION_DENY",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidTimeStamp.Expired",
    ]
)
ACCOUNT_BEGINS = ("InvalidAccessKeyId", "Forbidden", "NoPermission")
LATER = frozenset(["isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "SignatureNonceUsed", "ServiceUnavailable"])
LATER_BEGINS = ("Throttling",)
ADDRESS = frozenset({"isv.MOBILE_NUMBER_ILLEGAL"})


class Aliyun:
    """One account's way to the API. `key` is an access key's id and secret."""

    def __init__(
        self, key: tuple[str, str], *, endpoint: str = ENDPOINT, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.key, self.endpoint, self.now = key, endpoint.rstrip("/"), now
        self._http = httpx.Client(
            timeout=TIMEOUT, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0), follow_redirects=False
        )

    def close(self) -> None:
        self._http.close()

    def send(self, *, phone: str, sign: str, template: str, values: Mapping[str, str], mark: str) -> Result:
        """Hand one message over. `mark` comes back with its receipt. Raises Down and AccountFault."""
        asked = {
            "PhoneNumbers": phone,
            "SignName": sign,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(values), ensure_ascii=False),
            "OutId": mark,
        }
        try:
            answer = self._call("SendSms", asked)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Down(f"{type(error).__name__}: {error}") from error
        except httpx.HTTPError as error:
            return Unknown(f"{type(error).__name__}: {error}")
        return result_of(answer)

    def _call(self, action: str, parameters: Mapping[str, str]) -> httpx.Response:
        query = query_of(parameters)
        headers = {
            "host": urlsplit(self.endpoint).netloc,
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": digest(b""),
        }
        signed = authorization("POST", query, headers, b"", self.key)
        return self._http.post(f"{self.endpoint}/?{query}", headers={**headers, "Authorization": signed})


def result_of(answer: httpx.Response) -> Result:
    """What an answer means. Raises AccountFault. One that can't be read says nothing of what was done."""
    try:
        told: Any = answer.json()
        code, words = str(told["Code"]), str(told.get("Message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unknown(f"HTTP {answer.status_code}")
    said = f"{code} {words}"
    if code == "OK":
        return Accepted(str(told.get("BizId", "")))
    if code in ACCOUNT or code.startswith(ACCOUNT_BEGINS):
        raise AccountFault(said)
    if code in LATER or code.startswith(LATER_BEGINS):
        return Later(reasons.LIMITED if code == "isv.BUSINESS_LIMIT_CONTROL" else shared.TEMPORARY, said)
    if answer.status_code >= 500:
        return Unknown(said)
    if code in ADDRESS:
        return Refused(reasons.NO_NUMBER, said, about="address")
    return Refused(reasons.REFUSED, said)
