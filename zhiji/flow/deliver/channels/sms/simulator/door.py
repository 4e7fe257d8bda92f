"""Who may ask: Aliyun's signature V3, its time and its nonce, checked as the gateway does."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from zhiji.flow.deliver.channels.sms.signature import digest, query_of, signature
from zhiji.flow.deliver.channels.sms.simulator.rules import Account, Refusal

AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
APART = timedelta(minutes=15)
NEEDED = ("PhoneNumbers", "SignName", "TemplateCode")
SIGNED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}


def entered(
    accounts: Mapping[str, Account], nonces: set[str], method: str, target: str, headers: Mapping[str, str],
    body: bytes, now: datetime,
) -> tuple[Account, dict[str, str]]:  # fmt: skip
    """The account that asks, and what it asks. `headers` by their names in lower case. Raises Refusal."""
    path, _mark, query = target.partition("?")
    if path != "/" or method not in ("POST", "GET") or headers.get("x-acs-action") != "SendSms":
        raise Refusal("InvalidAction.NotFound", "Specified api is not found, please check your url and method.", 404)
    if headers.get("x-acs-version") != "2017-05-25":
        raise Refusal("InvalidVersion", "Specified parameter Version is not valid.", 400)
    found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None or not set(found[2].split(";")) >= SIGNED:
        raise Refusal("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
    account = accounts.get(found[1])
    if account is None:
        raise Refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    try:
        told = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal("InvalidTimeStamp.Format", "Specified time stamp is not well formatted.", 400) from error
    if abs(now - told) > APART:
        raise Refusal("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
    asked = dict(parse_qsl(query, keep_blank_values=True))
    signed = {name: headers.get(name, "") for name in found[2].split(";")}
    right = signature(method, query_of(asked), signed, body, account.secret)
    if right != found[3] or headers["x-acs-content-sha256"] != digest(body):
        raise Refusal("SignatureDoesNotMatch", "Specified signature does not match our calculation.", 400)
    nonce = headers["x-acs-signature-nonce"]
    if nonce in nonces:
        raise Refusal("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
    nonces.add(nonce)
    for name in NEEDED:
        if not asked.get(name):
            raise Refusal(f"Missing{name}", f"{name} is mandatory for this action.", 400)
    return account, asked
