"""Whose fault a refusal is: what servers say when they don't take a mail, at once or in a report later.

Chinese providers seldom give a status code of RFC 3463; their words have to tell (QQ's and Coremail's are the
ones below), so words are asked first, then the status, then the SMTP code.
"""

import re
from typing import Literal

Fault = Literal["address", "mailbox", "mail", "rate"]
"""address: nobody is there, don't write again; mailbox: it can't take mail for now (full, frozen); mail: they
don't want this mail, or ours (content, reputation, policy); rate: too much at once, later is fine."""

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)\b")

_RATE = re.compile(r"frequency limited|rate.?limit|too (many|fast)|频率|过于频繁|发信数超限", re.IGNORECASE)
_MAILBOX = re.compile(
    r"quota|(mailbox|user|account|recipient|storage)( is| has been)? (full|suspended|hang ?up|hold|locked|frozen)"
    r"|(temporarily|over) (disabled|suspended|locked)|insufficient (system |disk )?(storage|space)|hard limit"
    r"|空间不足|空间已满|已满|容量|冻结|锁定|欠费",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(user|mailbox|account|recipient|address|mail user)( is| was|s)?"
    r" (not (found|known|exist|available)|unknown|invalid|disabled|inactive|does ?n[o']t exist|do(es)?n't exists?)"
    r"|(no such|unknown|invalid|unavailable mail|bad destination) (user|recipient|mailbox|address|account|local part)"
    r"|(user|mailbox|account|address) [^.;]{0,80}"
    r"(not found|does(n't| not) (exist|have an?)|is not (found|valid)|is disabled)"
    r"|(not|no) (a )?(valid|known)? ?(user|mailbox) (here|of this server)?|do(es)?(n't| not) have an? [\w.]* ?account"
    r"|local server don't exists that user|email account that you tried to reach|bad (recipient )?address syntax"
    r"|(host|domain)( or domain name)?( name)? not found|couldn't find a (mail exchanger|host)|unrouteable address"
    r"|(用户|邮箱|地址|帐号|账号|域名|收件人)[^。；]{0,30}(不存在|未开通|已注销|无效|停用)|(没有|无)(此|这个|该)(用户|邮箱|收件人)"
    r"|(不存在|无效)的?(用户|邮箱|收件人|地址)",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"spam|content|denied|reject|block|black ?list|suspected|\bspf\b|dkim|dmarc|\brbl\b|policy|reputation|virus"
    r"|not allowed|forbidden|relay|size|too (big|large)|\b(DT|RP|MI|HL|SM|EM|NR|CH|AC|IP):[A-Z]{2,}"
    r"|垃圾|拒收|拒绝|黑名单|内容|过大|病毒|屏蔽",
    re.IGNORECASE,
)


def fault_of(words: str) -> Fault:
    """Whose fault it is, by a server's words, status and code, such as "550 5.1.1 no such user"."""
    status = _STATUS.search(words)
    kind, subject, detail = status.groups() if status else ("", "", "")
    if _RATE.search(words):
        return "rate"
    if subject == "7":
        return "mail"
    if _MAILBOX.search(words):
        return "mailbox"
    if kind == "4":
        return "mailbox"
    if _ADDRESS.search(words):
        return "address"
    if status:
        return _by_status(subject, detail)
    if _MAIL.search(words):
        return "mail"
    return _by_code(words)


def _by_status(subject: str, detail: str) -> Fault:
    """By RFC 3463: addresses (not those of the sender, 7 and 8), a mailbox that is disabled, an unknown route."""
    if (subject == "1" and detail not in ("7", "8")) or (subject, detail) in (("2", "1"), ("4", "1"), ("4", "4")):
        return "address"
    if subject == "2":
        return "mailbox"
    return "mail"


def _by_code(words: str) -> Fault:
    """By RFC 5321: 550, 551 and 553 are about the mailbox asked for, 552 is about its room."""
    code = _CODE.search(words)
    if code is None:
        return "mail"
    if code[1] in ("550", "551", "553"):
        return "address"
    return "mailbox" if code[1] == "552" or code[1].startswith("4") else "mail"
