"""Kinds and subjects for tests of notices, as an app would offer them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import pytest

from zhiji.access.models import User
from zhiji.work import subject
from zhiji.work.notices import kinds
from zhiji.work.notices.kinds import NoticeKind
from zhiji.work.notices.models import Notice
from zhiji.work.subject import Seen, Subject

HIDDEN: set[int] = set()
"""Records that nobody may see now."""
CALL = NoticeKind("call", "来电", "phone", "%(who)s 来电", "%(count)s 个来电", "tasks:read")
WORD = NoticeKind("word", "留言", "message", "%(who)s 留言", "%(count)s 条留言", mail=False, together="subject")


def _seen(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    return {pk: Seen(f"记录{pk}", f"/me/?record={pk}") for pk in ids if pk not in HIDDEN}


@contextmanager
def offered() -> Iterator[None]:
    """These two kinds about `test.record`, beside what the apps offer."""
    known = {**kinds.kinds(), "call": CALL, "word": WORD}
    about = {**subject.subjects(), "test.record": Subject("test.record", _seen)}
    with pytest.MonkeyPatch.context() as patch:
        for module in ("telling", "queries", "kinds"):
            patch.setattr(f"zhiji.work.notices.{module}.kinds", lambda: known)
        patch.setattr(subject, "subjects", lambda: about)
        HIDDEN.clear()
        yield


def notice(owner: User, key: str, about: tuple[str, int]) -> int:
    """One of a kind that every role may be told, whose subject is seen by everybody."""
    told = {"user": owner, "kind": "build done", "subject": about[0], "subject_id": about[1]}
    return Notice.objects.create(**told, key=key, bundle=key, bell=True, mail=False).pk
