"""Who meets at the locks of imports, the quarantine and the words for nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from zhiji.access import privacy
from zhiji.access.models import AuditLine
from zhiji.config.tests.races.racing import Race
from zhiji.flow.collect.actions import aside, quarantine, words
from zhiji.flow.collect.files import asking, importing, mapping
from zhiji.flow.collect.models import ImportRun, Quarantined, Source
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted, SetAside
from zhiji.kernel.setting_aside import failed_again

MAPPED = {"kind": "customer", "columns": {"id": "会员号"}}


def two_change_the_words() -> Race:
    words.set_words(words=["无"], by=None)

    def then(_: Any, second: Any) -> None:
        assert second == ["丙"]
        assert AuditLine.objects.order_by("-id")[0].detail == {"before": ["乙"], "after": ["丙"]}

    return Race(lambda: words.set_words(words=["乙"], by=None), lambda: words.set_words(words=["丙"], by=None), then)


def _waiting() -> Quarantined:
    source = Source.objects.create(key="shop", name="商城", write_key="wk")
    body = json.dumps({"type": "track", "userId": "1", "event": "Seen"}).encode()
    sealed = privacy.seal(body, "quarantine")
    return Quarantined.objects.create(source=source, body=sealed, place="x", code="bad_number")


def two_replay_one_event() -> Race:
    """It is taken once."""
    row = _waiting()

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, quarantine.Settled), second
        assert Accepted.objects.count() == 1

    return Race(lambda: quarantine.replay(row, by=None), lambda: quarantine.replay(row, by=None), then)


def one_discards_what_another_replays() -> Race:
    row = _waiting()

    def then(_: Any, second: Any) -> None:
        assert second == 0
        row.refresh_from_db()
        assert (row.state, Accepted.objects.count()) == ("replayed", 1)

    return Race(lambda: quarantine.replay(row, by=None), lambda: quarantine.discard([row.pk], by=None), then)


def _run(state: str) -> ImportRun:
    file = Path(settings.HOME) / "raced.csv"
    file.write_text("会员号\n1\n2\n")
    run = importing.open_run(file, mapping.load(MAPPED), None)
    ImportRun.objects.filter(pk=run.pk).update(state=state)
    run.refresh_from_db()
    return run


def one_cancels_what_another_resumes() -> Race:
    run = _run("cancelled")

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        run.refresh_from_db()
        assert (run.state, run.cancel_asked) == ("cancelled", True)

    return Race(lambda: asking.resume(run=run, by=None), lambda: asking.cancel(run=run, by=None), then)


def two_resume() -> Race:
    """It is told of once."""
    run = _run("failed")

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert AuditLine.objects.filter(verb="import resumed").count() == 1

    return Race(lambda: asking.resume(run=run, by=None), lambda: asking.resume(run=run, by=None), then)


def two_workers_import_one_file() -> Race:
    run = _run("waiting")

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, importing.Overtaken), second
        done = importing.carry_on(ImportRun.objects.get(pk=run.pk))
        assert (done.state, done.taken) == ("done", 2)

    first, again = ImportRun.objects.get(pk=run.pk), ImportRun.objects.get(pk=run.pk)
    return Race(lambda: importing._alone(first), lambda: importing.carry_on(again), then, passes=True)


def _set_aside() -> int:
    now = clock.now()
    told = {"occurred_at": now, "message_key": uuid4(), "name": "seen", "properties": {}, "stage": "log"}
    return int(SetAside.objects.create(**told, since=now, detail="x", tries=1, next_try=now).pk)


def _one_drops(second: Callable[[int], Any], said: Any) -> Race:
    """What one drops meanwhile is gone for the other, too, who says nothing of it."""
    row = _set_aside()

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (1, said)
        assert not SetAside.objects.exists()
        assert [line.verb for line in AuditLine.objects.all()] == ["set-aside fact dropped"]

    return Race(lambda: aside.drop([row], by=None), lambda: second(row), then)


RACES: dict[str, Callable[[], Race]] = {
    "zhiji/flow/collect/actions/words.py:set_words": two_change_the_words,
    "zhiji/flow/collect/actions/quarantine.py:_locked": two_replay_one_event,
    "zhiji/flow/collect/actions/quarantine.py:discard": one_discards_what_another_replays,
    "zhiji/flow/collect/actions/aside.py:try_again": lambda: _one_drops(lambda row: aside.try_again([row], by=None), 0),
    "zhiji/flow/collect/actions/aside.py:drop": lambda: _one_drops(lambda row: aside.drop([row], by=None), 0),
    "zhiji/kernel/setting_aside.py:failed_again": lambda: _one_drops(
        lambda row: failed_again(row, ValueError("x"), clock.now()), None
    ),
    "zhiji/flow/collect/files/asking.py:cancel": one_cancels_what_another_resumes,
    "zhiji/flow/collect/files/asking.py:resume": two_resume,
    "zhiji/flow/collect/files/importing.py:_alone": two_workers_import_one_file,
}
