"""What is told beside a letter while it is written: what would stop it, and what its readers would miss.

Whether a wording is kept, or a letter sent, `actions.check_wording` and the sender decide; here it is only told early.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.channels.email import letter
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.channels.email.letter import Letter
from zhiji.flow.deliver.naming import named
from zhiji.flow.deliver.rehearsal import rehearse, said
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.wording import Wording

CUT_AT = 102 * 1024
"""Bytes of HTML after which Gmail shows no more of a letter, the link to unsubscribe included."""
_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"[^"]*[^\s"]|'[^']*[^\s']|[^\s"'>])""", re.IGNORECASE)
_NOWHERE = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']#?["']""", re.IGNORECASE)
_SOME_MESSAGE = 2**62


@dataclass(frozen=True)
class Finding:
    """`stops`: the template isn't kept, or the letter not sent, as it is."""

    words: str
    stops: bool = False


@dataclass(frozen=True)
class Look:
    """A wording filled in for one customer: its subject, the bytes of its HTML, and what is found."""

    subject: str
    size: int
    findings: list[Finding]


def look_at(wording: Wording, variables: Mapping[str, Any], *, user: User, key: str, name: str) -> Look:
    """The wording as the customer with these variables would get it, and as `user`'s others would."""
    settings = queries.delivery_settings()
    try:
        filled = letter.fill(wording, variables, settings, message_id=_SOME_MESSAGE)
    except TemplateRefused as error:
        return Look("", 0, [Finding(said(error), stops=True)])
    found = []
    try:
        actions.check_wording(wording, key=key, name=name)
    except TemplateRefused as error:
        found.append(Finding(said(error), stops=True))
    if filled.empty:
        words = _("这位客户的%(variables)s是空的：这封信不会发给 TA。点变量写上“空着时怎么说”")
        found.append(Finding(words % {"variables": named(filled.empty)}, stops=True))
    size = len(filled.html.encode())
    found += [*_of_many(wording, user), *_of_size(size), *_of_html(wording, filled)]
    return Look(filled.subject, size, found)


def _of_many(wording: Wording, user: User) -> Iterator[Finding]:
    """Of a sample of the customers that `user` sees: how many would not be written to."""
    try:
        found = rehearse(wording, queries.sample(EMAIL, user, actions.SAMPLE), queries.delivery_settings())
    except TemplateRefused:  # told already
        return
    if found.stopped:
        told = {"tried": found.tried, "stopped": found.stopped, "variables": named(list(found.empty))}
        yield Finding(_("抽样的 %(tried)s 位客户里，%(stopped)s 位的%(variables)s是空的，收不到这封信") % told)


def _of_size(size: int) -> Iterator[Finding]:
    if size > CUT_AT:
        told = {"size": size // 1024, "most": CUT_AT // 1024}
        yield Finding(_("邮件有 %(size)s KB，超过 %(most)s KB：Gmail 会截断，读者看不到末尾的退订") % told)


def _of_html(wording: Wording, filled: Letter) -> Iterator[Finding]:
    silent = sum(1 for one in _PICTURE.findall(wording.html) if not _ALT.search(one))
    if silent:
        yield Finding(_("%(count)s 张图片没有说明：很多邮箱先不显示图片，读者只看到空白") % {"count": silent})
    if _NOWHERE.search(filled.html):
        yield Finding(_("有链接或按钮没有写地址，点了没有反应"))
