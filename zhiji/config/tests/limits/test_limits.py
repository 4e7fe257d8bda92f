"""Every limit, made small and reached: told in words that say what would do, nothing lost, and what is small works."""

import gzip
import io
import json
from decimal import Decimal
from importlib import import_module
from itertools import count
from typing import Any

import pytest
from PIL import Image

from zhiji.access.models import User
from zhiji.config.tests.limits.fields_and_texts import REACHED
from zhiji.config.tests.limits.found import limits
from zhiji.config.tests.limits.limit import Limit, Try
from zhiji.desks.loyalty.actions import create_offer
from zhiji.flow.act.tests.cast import customer
from zhiji.flow.collect.actions import quarantine
from zhiji.flow.collect.actions import words as nothing
from zhiji.flow.collect.actions.names import save_name
from zhiji.flow.collect.models import EventName, Quarantined, Source
from zhiji.flow.collect.queries import words as kept_words
from zhiji.flow.collect.tests.conftest import Door, door, shop, track
from zhiji.flow.deliver.pictures import cleaned
from zhiji.flow.deliver.sandbox import language
from zhiji.flow.deliver.sandbox.refusal import Refused
from zhiji.flow.deliver.sandbox.words import words as told_of
from zhiji.flow.segment import actions as segment
from zhiji.flow.segment import export
from zhiji.flow.segment.conditions.grammar import read
from zhiji.flow.segment.conditions.mistakes import ConditionError
from zhiji.flow.segment.conditions.tree import parse
from zhiji.flow.segment.conditions.window import LONGEST
from zhiji.flow.segment.conditions.words import Words
from zhiji.flow.segment.definitions.classes import named
from zhiji.flow.segment.models import MemberExport, Scheme, Segment
from zhiji.kernel import clock, given
from zhiji.kernel.models import Accepted
from zhiji.work.comments.tests.said import said

__all__ = ["door", "shop", "track"]
_numbers = count()


def words_of(most: int) -> Try:
    return lambda: nothing.set_words(words=[f"词{number}" for number in range(most)], by=None)


def coupons(stock: int) -> Try:
    return lambda: create_offer(by=None, name="券", value=Decimal(5), stock=stock)


def name_of(length: int) -> Try:
    def save() -> EventName:
        EventName.objects.filter(theirs="Made").delete()
        return save_name(by=None, theirs="Made", ours="x" * length, properties={})

    return save


def picture(side: int) -> Try:
    body = io.BytesIO()
    Image.effect_noise((side, side), 90).save(body, "PNG")
    return lambda: cleaned(body.getvalue())


def filled(source: str, **variables: Any) -> Try:
    def fill() -> Any:
        try:
            language.needs([(source, True)])
            return language.fill([(source, True)], variables)
        except Refused as refused:
            raise ValueError(told_of(refused.code, refused.told)) from refused

    return fill


def scheme(most: int) -> Try:
    def make() -> Scheme:
        tag = {"kind": "tag", "tag": "x"}
        classes: list[dict[str, Any]] = [
            {"key": f"c{at}", "name": f"类{at}", "condition": tag} for at in range(1, most)
        ]
        classes.append({"key": "z", "name": "余"})
        made = segment.create_scheme(by=None, key=f"s{next(_numbers)}", name="方案", classes=classes)
        assert made.classes.filter(position__gte=0).count() == most
        return made

    return make


def condition(**tree: Any) -> Try:
    return lambda: parse(tree)


def steps(most: int) -> Try:
    return condition(kind="sequence", steps=[{"fact": "order_paid"}] * most)


def lately(days: int) -> Try:
    window = {"last": days, "unit": "days"}
    return condition(kind="behaviour", fact="order_paid", op="ge", value=1, window=window)


def nested(depth: int) -> Try:
    tree: dict[str, Any] = {"kind": "tag", "tag": "x"}
    for _ in range(depth):
        tree = {"kind": "not", "of": tree}
    return lambda: parse(tree)


def where(depth: int) -> Try:
    inner: dict[str, Any] = {"property": "amount", "op": "ge", "value": 1}
    for _ in range(depth):
        inner = {"all": [inner]}
    return condition(kind="behaviour", fact="order_paid", op="ge", value=1, where=[inner])


def many(most: int) -> Try:
    return condition(kind="all", of=[{"kind": "tag", "tag": "x"}] * most)


def members(most: int) -> Try:
    """A file of so many members as a workbook."""

    def write() -> str:
        Segment.objects.all().delete()
        names = [f"m{next(_numbers)}" for _ in range(most)]
        for name in names:
            customer(name=name)
        tree = {"kind": "attribute", "name": "name", "op": "in", "value": names}
        made = segment.create_segment(by=None, key="all", name="全部", condition=tree)
        segment.build(clock.now())
        by = User.objects.get_or_create(username="exports", role="administrator")[0]
        asked = MemberExport.objects.create(by=by, segment=made, form="xlsx", asked_at=clock.now())
        export.write(asked.pk, clock.now())
        asked.refresh_from_db()
        if asked.state != MemberExport.State.DONE:
            raise ValueError(asked.reason)
        return asked.state

    return write


TEMPLATE, CONDITIONS = "flow/deliver/sandbox", "flow/segment/conditions"
ASKED = "{% if customer.name %}"
LOOP = "{% for one in attributes %}a{% endfor %}"
WORDS = Words(True)
SMALL: dict[str, Limit] = {
    "work/comments/actions.py:LONGEST": Limit(3, said("一二三四"), "最多 3 字", said("一二三")),
    "flow/collect/actions/words.py:MOST": Limit(2, words_of(3), "最多 2 个词", words_of(2)),
    "flow/collect/actions/names.py:LONGEST": Limit(5, name_of(6), "最多 5 个", name_of(5)),
    "flow/deliver/pictures.py:MOST_BYTES": Limit(500, picture(60), "最多", picture(8)),
    "flow/deliver/pictures.py:MOST_PIXELS": Limit(100, picture(11), "11 × 11", picture(10)),
    f"{TEMPLATE}/language.py:LONGEST_SOURCE": Limit(5, filled("123456"), "最多 5 个字符", filled("12345")),
    f"{TEMPLATE}/language.py:LONGEST_OUTPUT": Limit(5, filled("{{ customer.name }}", customer={"name": "123456"}),
        "最多 5 个字符", filled("{{ customer.name }}", customer={"name": "12345"})),
    f"{TEMPLATE}/tree.py:MOST_NODES": Limit(3, filled("{{ customer.name }}{{ customer.city }}", customer={}),
        "最多 3 处", filled("好")),
    f"{TEMPLATE}/tree.py:MOST_BLOCKS": Limit(1, filled(f"{ASKED}{ASKED}a{{% endif %}}{{% endif %}}"),
        "最多套 1 层", filled(f"{ASKED}a{{% endif %}}", customer={})),
    f"{TEMPLATE}/tree.py:MOST_DEPTH": Limit(9, filled("{{ customer.name" + "|upper" * 9 + " }}"), "套得太深",
        filled("{{ customer.name|upper }}", customer={"name": "a"})),
    f"{TEMPLATE}/language.py:MOST_TURNS": Limit(2, filled(LOOP, attributes={"x": 1, "y": 2, "z": 3}), "循环超过 2 次",
        filled(LOOP, attributes={"x": 1, "y": 2})),
    f"{TEMPLATE}/filters.py:LONGEST_VALUE": Limit(3, filled("{{ customer.name|upper }}", customer={"name": "abcd"}),
        "一个值太长", filled("{{ customer.name|upper }}", customer={"name": "abc"})),
    "desks/loyalty/actions.py:MOST": Limit(3, coupons(4), "1 到 3", coupons(3)),
    "flow/segment/definitions/classes.py:MOST": Limit(2, scheme(3), "最多 2 个类别", scheme(2)),
    "flow/segment/definitions/classes.py:LONGEST_NAME": Limit(
        3, lambda: named("四个字名"), "最多 3 个字", lambda: named("三个字")),
    "flow/segment/spreadsheet.py:MOST": Limit(3, members(3), "CSV", members(2)),
    f"{CONDITIONS}/bounds.py:DEEPEST": Limit(3, nested(4), "3", nested(2)),
    f"{CONDITIONS}/bounds.py:LARGEST": Limit(3, many(4), "超过 3 个条件", many(2)),
    f"{CONDITIONS}/bounds.py:DEEPEST_JSON": Limit(4, where(2), "嵌套超过 4 层", many(2)),
    f"{CONDITIONS}/bounds.py:MOST_VALUES": Limit(20, many(4), "超过 20 个值", many(2)),
    f"{CONDITIONS}/sequence.py:MOST_NTH": Limit(3, condition(kind="nth", fact="order_paid", n=4), "1 到 3",
        condition(kind="nth", fact="order_paid", n=3)),
    f"{CONDITIONS}/window.py:LONGEST": Limit({**LONGEST, "days": 3}, lately(4), "1 到 3", lately(3)),
    f"{CONDITIONS}/grammar/sentences.py:LONGEST": Limit(9, lambda: read("有标签“一二三四五六七”", WORDS), "9",
        lambda: read("有标签“一”", WORDS)),
    f"{CONDITIONS}/where.py:DEEPEST": Limit(2, where(2), "超过 2 层", where(1)),
    f"{CONDITIONS}/sequence.py:MOST_STEPS": Limit(3, steps(4), "2 到 3 步", steps(3)),
    f"{CONDITIONS}/bucket.py:MOST": Limit(5, condition(kind="bucket", salt="x", of=6, **{"from": 1, "to": 1}), "2 到 5",
        condition(kind="bucket", salt="x", of=5, **{"from": 1, "to": 1})),
    f"{CONDITIONS}/dates.py:WIDEST": Limit(9,
        condition(kind="anniversary", attribute="birthday", before=10), "最多 9 天",
        condition(kind="anniversary", attribute="birthday", before=9)),
    f"{CONDITIONS}/habit.py:MOST_UNITS": Limit(4,
        condition(kind="regular", fact="order_paid", at_least=1, of=5, unit="weeks"), "最多看 4 个",
        condition(kind="regular", fact="order_paid", at_least=1, of=4, unit="weeks")),
    "kernel/given.py:DIGITS": Limit(3, lambda: given.read("[1234]"), "太大或太长", lambda: given.read("[123]")),
    **REACHED,
}  # fmt: skip

ELSEWHERE = {
    "flow/collect/actions/quarantine.py:EVENT_LIMIT": "test_a_part_beyond_its_limit_costs_its_event_alone",
    "flow/collect/inbox.py:WAITING_BYTES": "test_what_waits_is_bounded_and_who_is_told_to_wait_loses_nothing",
    "flow/collect/protocol/contacts.py:DEPTH_LIMIT": "test_a_part_beyond_its_limit_costs_its_event_alone",
    "flow/collect/protocol/names.py:LONGEST": "test_a_part_beyond_its_limit_costs_its_event_alone",
    "flow/collect/protocol/rows.py:LONGEST_MESSAGE": "test_a_part_beyond_its_limit_costs_its_event_alone",
    "flow/collect/web/intake.py:EVENTS_LIMIT": "test_a_batch_beyond_a_limit_costs_the_batch",
    "flow/collect/web/intake.py:EVENT_LIMIT": "test_a_part_beyond_its_limit_costs_its_event_alone",
    "flow/collect/web/wire.py:MOST_MEMBERS": "test_a_batch_beyond_a_limit_costs_the_batch",
}
"""Limits of the tracking door, and their test below."""
INNER = {
    "flow/deliver/channels/email/smtp.py:SIGN_IN", "flow/segment/engine/columns.py:MOST_TEXTS", "kernel/lunar.py:FIRST",
    "kernel/lunar.py:LAST", "kernel/columnar/grouped.py:LARGEST", "kernel/columnar/types.py:LARGEST",
    "ops/backup/repository.py:FORMAT", "flow/deliver/account_actions.py:LIVE",
    "flow/deliver/channels/sms/inbound.py:MOST", "flow/deliver/channels/sms/simulator/door.py:APART",
    "flow/deliver/channels/sms/simulator/rules.py:MOST_NUMBERS", "flow/deliver/channels/sms/wording.py:CODE",
    "flow/segment/definitions/readable.py:TOLD",
}  # fmt: skip
"""What is compared before an error is raised, yet is no limit that somebody who uses the product reaches: a provider
reaches its own in the tests of its channel."""


def test_every_limit_is_reached_somewhere() -> None:
    found, told = limits(), {*SMALL, *ELSEWHERE, *INNER}
    assert len(found) > 30
    missing, gone = sorted(found - told), sorted(told - found)
    assert not missing, f"add to SMALL what reaches these limits, and what is told then: {missing}"
    assert not gone, f"these are compared with nothing before a refusal any more: {gone}"
    assert set(ELSEWHERE.values()) <= globals().keys()


@pytest.mark.django_db
@pytest.mark.parametrize("limit", sorted(SMALL))
def test_beyond_a_limit_it_is_told_in_words_and_within_it_goes_on(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, (file, _, name) = SMALL[limit], limit.partition(":")
    module = import_module("zhiji." + file.removesuffix(".py").replace("/", "."))
    assert one.within() is not None, "as it is"
    language._compiled.cache_clear()
    monkeypatch.setattr(module, name, one.small)
    before = (kept_words.written(), Scheme.objects.count())
    with pytest.raises((ValueError, ConditionError)) as refused:
        one.beyond()
    assert one.says in str(getattr(refused.value, "reason", "") or refused.value)
    assert (kept_words.written(), Scheme.objects.count()) == before, "nothing of it was kept"
    assert one.within() is not None


def test_what_waits_is_bounded_and_who_is_told_to_wait_loses_nothing(
    shop: Source, track: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhiji.flow.collect.inbox.WAITING_BYTES", 400)
    answers = Door().many(
        [("/v1/batch", {"json": {"batch": [track(user=f"u{at}")]}, "auth": ("wk_test", "")}) for at in range(20)]
    )
    codes = [answer.status_code for answer in answers]
    assert {200, 429} == set(codes) and Accepted.objects.count() == codes.count(200)
    waiting = [answer for answer in answers if answer.status_code == 429]
    assert all(answer.headers["retry-after"] and answer.json()["message"] for answer in waiting)
    assert Door().batch(track(user="after")).status_code == 200


@pytest.mark.parametrize(("module", "name", "small", "more", "code"), [
    ("web.intake", "EVENT_LIMIT", 600, {"properties": {"text": "x" * 700}}, "too_big"),
    ("protocol.rows", "LONGEST_MESSAGE", 60, {"messageId": "x" * 61}, "bad_id"),
    ("protocol.names", "LONGEST", 20, {"event": "Product " + "Viewed" * 3}, "bad_name"),
    ("protocol.contacts", "DEPTH_LIMIT", 3, {"properties": {"a": {"b": {"c": {"d": {"e": 1}}}}}}, "too_deep"),
])  # fmt: skip
def test_a_part_beyond_its_limit_costs_its_event_alone(
    door: Door, shop: Source, track: Any, monkeypatch: pytest.MonkeyPatch,
    module: str, name: str, small: int, more: dict[str, Any], code: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(f"zhiji.flow.collect.{module}.{name}", small)
    answer = door.batch(track(user="one"), {**track(user="big"), **more}, track(user="two"))
    assert answer.status_code == 200 and Accepted.objects.count() == 2
    kept = Quarantined.objects.get()
    assert (kept.code, kept.place.partition(".")[0]) == (code, "batch[1]")
    monkeypatch.setattr("zhiji.flow.collect.actions.quarantine.EVENT_LIMIT", 500)
    with pytest.raises(quarantine.StillBad):
        quarantine.replay(kept, by=None, body=json.dumps(track(user="big", text="x" * 500)))
    quarantine.replay(kept, by=None, body=json.dumps(track(user="big")))
    assert Accepted.objects.count() == 3


def test_a_batch_beyond_a_limit_costs_the_batch(
    door: Door, shop: Source, track: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhiji.flow.collect.web.intake.EVENTS_LIMIT", 2)
    monkeypatch.setattr("zhiji.flow.collect.web.wire.MOST_MEMBERS", 2)
    refused = door.batch(*[track()] * 3)
    assert refused.status_code == 413 and "2 events" in refused.json()["message"]
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())
    refused = door.send("/v1/batch", body + 2 * gzip.compress(b" "), headers={"content-encoding": "gzip"})
    assert refused.status_code == 413 and "2 members" in refused.json()["message"]
    assert not Accepted.objects.exists() and not Quarantined.objects.exists()
    assert door.batch(*[track()] * 2).status_code == 200
    assert door.send("/v1/batch", body, headers={"content-encoding": "gzip"}).status_code == 200
    assert Accepted.objects.count() == 3
