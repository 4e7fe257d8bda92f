"""What Aliyun pushes to us: receipts (SmsReport) and answers (SmsUp), as JSON arrays.

It signs neither. So the address holds a key of ours, and a receipt counts only with the mark that we gave its message.
"""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.crypto import constant_time_compare, salted_hmac

from zhiji.flow.deliver.channel import BadInbound, Inbound, Receipt, Refused, Reply
from zhiji.flow.deliver.channels.sms import reasons
from zhiji.kernel import clock
from zhiji.kernel.values import phone
from zhiji.kernel.values.refusal import Refusal

TAKEN = {"code": 0, "msg": "接收成功"}
BEIJING = ZoneInfo("Asia/Shanghai")
MOST = 5000
STOP = re.compile(r"(r|t|td|tdhf|n|退订|退|拒收|取消)", re.IGNORECASE)
DEAD = ("MK:0001", "MK:0000", "空号")
BLACKLISTS = ("MBBLACK", "TDBLACK", "BLACK")


def mark_of(message_id: int) -> str:
    """What goes out with a message and comes back with its receipt; nobody else can make one."""
    return f"{message_id}-{_seal(message_id)}"


def message_of(mark: str) -> int | None:
    number, _dash, seal = mark.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return int(number) if constant_time_compare(seal, _seal(int(number))) else None


def _seal(message_id: int) -> str:
    return salted_hmac("zhiji.deliver.sms", str(message_id), algorithm="sha256").hexdigest()[:20]


def read(body: bytes) -> Inbound:
    """Receipts and answers of one push; receipts of messages that aren't ours are passed over. Raises BadInbound."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInbound("not JSON") from error
    if not isinstance(rows, list) or len(rows) > MOST or not all(isinstance(row, dict) for row in rows):
        raise BadInbound("not an array of objects")
    told = [found for row in rows if (found := _reply(row) if "content" in row else _receipt(row)) is not None]
    return Inbound(told, TAKEN)


def _receipt(row: dict[str, Any]) -> Receipt | None:
    message_id = message_of(str(row.get("out_id", "")))
    if message_id is None:
        return None
    at, number = _moment(row.get("report_time")), _number(row)
    if row.get("success") is True:
        return Receipt(message_id, at, value=number)
    return Receipt(message_id, at, _refused(str(row.get("err_code", "")), str(row.get("err_msg", ""))), number)


def _refused(code: str, words: str) -> Refused:
    said = f"{code} {words}".strip()[:200]
    if any(one in said for one in BLACKLISTS):
        return Refused(reasons.BLACKLISTED, said, about="customer")
    if any(one in said for one in DEAD):
        return Refused(reasons.DEAD, said, about="address")
    return Refused(reasons.FAILED, said)


def _reply(row: dict[str, Any]) -> Reply | None:
    number = _number(row)
    if not number or not row.get("sequence_id"):
        return None
    words = str(row["content"]).strip().strip("。.!！ ")
    return Reply(str(row["sequence_id"]), number, STOP.fullmatch(words) is not None, _moment(row.get("send_time")))


def _number(row: dict[str, Any]) -> str:
    found = phone.parse(str(row.get("phone_number", "")))
    return "" if isinstance(found, Refusal) else found


def _moment(text: Any) -> datetime:
    """Aliyun's times are Beijing's, such as 2026-11-30 12:00:00; without one it is now."""
    try:
        found = datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return clock.now()
    return min(found, clock.now())
