"""Mails of notices go over the real line to a mail server."""

from datetime import UTC, datetime, timedelta

import pytest

from zhiji.access.models import User
from zhiji.desks.sales.actions import open_task
from zhiji.desks.sales.tests import test_tasks
from zhiji.flow.deliver.channels.email import staff
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.tests.conftest import *  # noqa: F403 - the mail server's fixture
from zhiji.flow.deliver.tests.conftest import Post
from zhiji.work.notices import digests, telling
from zhiji.work.notices.mail import NoMail, StaffLetter
from zhiji.work.notices.models import Digest, Notice

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 5, 11, 1, 5, tzinfo=UTC)
LETTER = StaffLetter("bob@house.example", "标题", "文字", "<p>文字</p>", "digest 1")


@pytest.fixture
def told(bob: User, sue: User) -> User:
    User.objects.filter(pk=bob.pk).update(email="bob@house.example")
    owner = User.objects.get(pk=bob.pk)
    open_task(by=sue, customer_id=test_tasks.customer(bob), title="回访 13912345678", due_on=MONDAY.date(), owner=owner)
    Notice.objects.update(at=MONDAY - timedelta(hours=2))
    return owner


def test_a_task_reaches_its_owners_mailbox_once_with_numbers_masked(told: User, post: Post) -> None:
    assert digests.send_due(MONDAY) == 1 and digests.send_due(MONDAY + timedelta(minutes=5)) == 0
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"]) == ("bob@house.example", "知己：1 条新通知")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "一个任务派给了您" in text and "139****5678" in text and "13912345678" not in mail.as_string()
    assert "/tasks/#task-" in text and "List-Unsubscribe" not in mail
    assert not Message.objects.exists(), "it is no customer's mail"


@pytest.mark.parametrize(("answer", "state"), [("451 later", "planned"), ("550 5.1.1 no such user", "refused")])
def test_what_the_server_says_is_kept(told: User, post: Post, answer: str, state: str) -> None:
    post.answers["bob@house.example"] = [answer]
    assert digests.send_due(MONDAY) == 0
    assert Digest.objects.get().state == state and not post.mails
    assert digests.send_due(MONDAY + timedelta(minutes=5)) == (state == "planned")
    assert telling.read(told.pk) == 1


def test_a_letter_whose_sender_was_overtaken_is_not_handed_over(post: Post) -> None:
    assert staff.send(LETTER, lambda: False) == ("taken", "")
    assert not post.mails


def test_an_address_that_would_break_the_line_is_refused(post: Post) -> None:
    bad = StaffLetter("bob@house.example>\r\nBcc: x@y.example", "t", "t", "t", "k")
    assert staff.send(bad, lambda: True)[0] == "refused" and not post.mails


def test_a_repeat_has_the_same_mark(post: Post) -> None:
    for _ in range(2):
        staff.send(LETTER, lambda: True)
    assert len({mail["Message-ID"] for mail in post.mails}) == 1 and len(post.mails) == 2


def test_without_a_mail_server_nothing_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhiji.flow.deliver.channels.email.smtp.server_url", lambda: "smtp://127.0.0.1:1")
    with pytest.raises(NoMail):
        staff.send(LETTER, lambda: True)
