"""Mails of notices: when they are due, to whom, with what, and never twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from zhiji.access.models import User
from zhiji.work.calendar.queries import calendar
from zhiji.work.notices import actions, digests, queries, telling
from zhiji.work.notices.mail import Mailer, NoMail, Sent, StaffLetter
from zhiji.work.notices.models import Digest, Notice, Rhythm
from zhiji.work.notices.telling import Told, tell
from zhiji.work.notices.tests.told import HIDDEN, offered

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 5, 11, 1, 5, tzinfo=UTC)  # five past nine of a working day here
RECORD = ("test.record", 7)


class Post:
    """A mail server that does as it is told, and keeps what it took."""

    def __init__(self) -> None:
        self.taken: list[StaffLetter] = []
        self.answer: Sent = "sent"
        self.down = self.dies = False

    def send(self, letter: StaffLetter, begin: Callable[[], bool]) -> tuple[Sent, str]:
        if self.down:
            raise NoMail("down")
        if not begin():
            return "taken", ""
        self.taken.append(letter)
        if self.dies:
            raise SystemExit
        return self.answer, "words"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    one = Post()
    monkeypatch.setattr(digests, "mailer", lambda: Mailer(one.send))
    with offered():
        yield one


@pytest.fixture
def ben(bob: User) -> User:
    bob.email = "bob@house.example"
    bob.save()
    return bob


def told(user: User, key: str = "k", at: datetime = MONDAY - timedelta(hours=2), who: str = "甲") -> None:
    tell("call", [Told(user.pk, key, RECORD, values={"who": who})], as_of=at)


@pytest.mark.parametrize(
    ("every", "quiet", "at", "due"),
    [
        ("never", False, "2026-05-11T01:05", None),
        ("day", True, "2026-05-11T00:59", None),
        ("day", True, "2026-05-11T01:00", "2026-05-11T01:00"),
        ("day", True, "2026-05-10T03:00", None),  # a Sunday
        ("day", True, "2026-05-09T03:00", "2026-05-09T01:00"),  # a Saturday that makes up for a holiday
        ("day", False, "2026-05-10T03:00", "2026-05-10T01:00"),
        ("hour", True, "2026-05-11T01:05", "2026-05-11T01:00"),
        ("hour", True, "2026-05-11T04:30", None),  # between the two slots of the day
        ("hour", True, "2026-05-11T10:00", None),  # 18:00
        ("hour", False, "2026-05-11T15:05", "2026-05-11T15:00"),
    ],
)
def test_a_mail_is_due_by_the_rhythm_and_the_working_calendar(
    bob: User, every: str, quiet: bool, at: str, due: str | None
) -> None:
    wanted = Rhythm(user=bob, every=every, hour=9, quiet=quiet)
    found = digests.slot(wanted, calendar(), datetime.fromisoformat(f"{at}+00:00"))
    assert found == (due and datetime.fromisoformat(f"{due}+00:00"))


def test_what_is_unread_is_mailed_once_a_slot(ben: User, post: Post) -> None:
    told(ben)
    assert digests.send_due(MONDAY) == 1
    told(ben, "later", MONDAY + timedelta(minutes=1))
    assert digests.send_due(MONDAY + timedelta(minutes=5)) == 0
    assert digests.send_due(MONDAY + timedelta(days=1)) == 1
    assert [one.to for one in post.taken] == ["bob@house.example"] * 2
    assert "甲 来电" in post.taken[0].text and "/me/?record=7" in post.taken[0].text
    assert set(Digest.objects.values_list("state", flat=True)) == {"sent"}


def test_what_was_read_or_is_kept_from_mails_or_whose_owner_has_no_address_is_not_mailed(
    ben: User, sue: User, post: Post
) -> None:
    told(ben)
    told(sue)
    tell("word", [Told(ben.pk, "w", RECORD)], as_of=MONDAY - timedelta(hours=2))
    telling.read(ben.pk)
    assert digests.send_due(MONDAY) == 0 and not Digest.objects.exists()


def test_what_is_read_between_planning_and_sending_is_not_mailed(ben: User, post: Post) -> None:
    told(ben)
    assert digests.plan(MONDAY) == 1 and digests.plan(MONDAY) == 0
    telling.read(ben.pk)
    assert digests.send_due(MONDAY) == 0 and Digest.objects.get().state == "empty" and not post.taken


def test_a_killed_worker_never_sends_it_twice(ben: User, post: Post) -> None:
    told(ben)
    post.dies = True
    with pytest.raises(SystemExit):
        digests.send_due(MONDAY)
    post.dies = False
    assert digests.send_due(MONDAY) == digests.send_due(MONDAY + timedelta(hours=1)) == 0
    assert len(post.taken) == 1 and Digest.objects.get().state == "sending"
    assert queries.unread(ben.pk) == 1, "the bell goes on telling it"


def test_without_a_mail_server_all_wait_and_then_go_out(ben: User, post: Post) -> None:
    told(ben)
    post.down = True
    assert digests.send_due(MONDAY) == 0 and Digest.objects.get().state == "planned"
    post.down = False
    assert digests.send_due(MONDAY + timedelta(minutes=5)) == 1


@pytest.mark.parametrize(
    ("answer", "state", "again"), [("later", "planned", 2), ("refused", "refused", 1), ("unknown", "sending", 1)]
)
def test_only_what_the_server_put_off_is_tried_again(
    ben: User, post: Post, answer: Sent, state: str, again: int
) -> None:
    told(ben)
    post.answer = answer
    digests.send_due(MONDAY)
    assert Digest.objects.get().state == state
    digests.send_due(MONDAY + timedelta(minutes=5))
    assert len(post.taken) == again


def test_a_mail_says_only_what_its_reader_may_see_in_masks_and_their_language(ben: User, post: Post) -> None:
    ben.language = "en"
    ben.save()
    told(ben, who="13912345678")
    digests.send_due(MONDAY)
    (mail,) = post.taken
    assert mail.subject == "Zhiji: new notices (1)"
    assert "139****5678" in mail.text and "13912345678" not in mail.text + mail.html
    told(ben, "hidden", MONDAY + timedelta(hours=1), who="王芳")
    HIDDEN.add(7)
    digests.send_due(MONDAY + timedelta(days=1))
    assert "王芳" not in post.taken[1].text + post.taken[1].html and "record=7" not in post.taken[1].html


def test_long_ago_mails_are_forgotten_and_their_notices_stay(ben: User, post: Post) -> None:
    told(ben)
    digests.send_due(MONDAY)
    digests.tidy(MONDAY + telling.KEPT - timedelta(days=1), telling.KEPT)
    assert Digest.objects.exists()
    digests.tidy(MONDAY + telling.KEPT + timedelta(days=1), telling.KEPT)
    assert not Digest.objects.exists() and Notice.objects.get().digest_id is None


def test_who_wants_no_mails_gets_none(ben: User, post: Post) -> None:
    actions.choose(by=ben, kinds={}, every="never", hour=9, quiet=False)
    told(ben)
    assert digests.send_due(MONDAY) == 0
