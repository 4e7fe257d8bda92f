"""Whatever is kept on a day or ends with one does so by the workspace's calendar, on 29 February, too."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.config.tests.days.borders import NOWS, TICK, day, midnight, months_before
from zhiji.desks.loyalty import actions as loyalty
from zhiji.desks.loyalty.actions import NewCoupon, issue_coupons
from zhiji.desks.loyalty.models import Coupon
from zhiji.desks.sales import actions as sales
from zhiji.desks.sales.offers.steps import run as open_tasks
from zhiji.flow.act import anniversaries
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.tests.cast import customer, entered, live_rule, tick
from zhiji.flow.collect import attributes
from zhiji.flow.collect.queries.words import words
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.channels.email import letter
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions as segment
from zhiji.flow.segment import export, jobs
from zhiji.flow.segment.explain import asked_moment
from zhiji.flow.segment.figures import composition, review, size_history
from zhiji.flow.segment.models import MemberExport, Segment
from zhiji.flow.segment.queries import members_found, sizes
from zhiji.flow.segment.tests.asked import who
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Watermark
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.values import Refusal
from zhiji.ops.backup.keeping import Rule as Keeping
from zhiji.shell import figures

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
COMMON = {"28 February of a common year, 00:30": datetime(2027, 2, 27, 16, 30, tzinfo=UTC),
          "1 March after it, 00:30": datetime(2027, 2, 28, 16, 30, tzinfo=UTC)}  # fmt: skip


@pytest.fixture(params=[*NOWS, *COMMON])
def now(request: Any, clock_at: Callable[[datetime], None]) -> datetime:
    moment = {**NOWS, **COMMON}[request.param]
    clock_at(moment)
    return moment


def same_day_of(of: date, year: int) -> date:
    """The day in another year; 29 February is kept on the 28th of a common one."""
    return of.replace(year=year, day=28) if (of.month, of.day) == (2, 29) and year % 4 else of.replace(year=year)


def test_a_birthday_is_kept_from_midnight_to_midnight_by_rules_and_conditions(now: datetime) -> None:
    today = day(now)
    births = [(today + back * DAY).replace(year=2000) for back in (-1, 0, 1)] + [date(2000, 2, 29)]
    born = {customer(name=str(number), birthday=one): one for number, one in enumerate(births)}
    anniversaries.refresh(list(born))
    rule = live_rule({"kind": "date", "attribute": "birthday", "hour": 0}, on=midnight(today) - DAY)
    tick(midnight(today) - TICK)
    before = set(entered(rule))
    tick(now)
    kept = {one for one, of in born.items() if same_day_of(of, today.year) == today}
    assert set(entered(rule)) - before == kept and kept and not before & kept
    assert who({"kind": "anniversary", "attribute": "birthday"}, now) == {
        str(number) for number, of in enumerate(births) if same_day_of(of, today.year) == today
    }


def test_the_day_of_registering_is_the_workspaces(now: datetime) -> None:
    start = midnight(same_day_of(day(now), 2024))
    moments = [start - TICK, start, start + DAY - TICK, start + DAY]
    made = [customer(registered_at=at) for at in moments]
    anniversaries.refresh(made, ["registered_at"])
    rule = live_rule({"kind": "date", "attribute": "registered_at", "hour": 0}, on=midnight(day(now)) - DAY)
    tick(midnight(day(now)) - TICK)
    tick(now)
    kept = [one for one, at in zip(made, moments, strict=True) if same_day_of(day(at), day(now).year) == day(now)]
    assert entered(rule) == kept and set(made[1:3]) <= set(kept) < set(made)


def test_an_age_is_the_same_in_figures_and_conditions(now: datetime) -> None:
    today = day(now)
    births = [same_day_of(today + back * DAY, (today + back * DAY).year - 18) for back in (-1, 0, 1)]
    births += [date(2008, 2, 29), date(2009, 3, 1), date(2010, 2, 28), date(2010, 12, 31), date(2011, 1, 1)]
    for number, one in enumerate(births):
        customer(name=str(number), birthday=one)
    young, adult, *_rest = composition.compute("", now)["ages"]
    asked = {"kind": "elapsed", "attribute": "birthday", "op": "ge", "value": 18, "unit": "years"}
    assert len(who(asked, now)) == adult and young + adult == len(births)
    assert who(asked, now) == {str(at) for at, one in enumerate(births) if same_day_of(one, one.year + 18) <= today}


def test_a_coupon_is_good_to_the_last_moment_of_its_last_day(now: datetime, mona: User) -> None:
    offer = loyalty.create_offer(by=None, name="十元券", value=Decimal(10), valid_days=1, key="ten")
    made = [customer(name="a"), customer(name="b")]
    issue_coupons(offer, [NewCoupon(one, f"k{one}") for one in made], by=None, as_of=now)
    end = midnight(day(now) + 2 * DAY)
    for coupon, at in zip(Coupon.objects.order_by("id"), (end - TICK, end), strict=True):
        assert day(coupon.expires_at) == day(now) + DAY
        said = {"coupon": coupon.code, "order_id": str(coupon.pk), "amount": 10}
        record([NewFact("order_paid", at, "t", str(coupon.pk), said, customer_id=coupon.customer_id)])
    run_once(as_of=end)
    assert [one.redeemed_at for one in Coupon.objects.order_by("id")] == [end - TICK, None]
    text = letter.fill(
        Wording("好", "{{ attributes.end|day }}", "{{ attributes.end|day }}"),
        {"attributes": {"end": (end - TICK).isoformat()}}, queries.delivery_settings(), message_id=None,
    ).text  # fmt: skip
    last = day(now) + DAY
    assert text.startswith(f"{last.year}年{last.month}月{last.day}日")


def test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done(
    now: datetime, mona: User, signed_in: Callable[[User], Client]
) -> None:
    today, one = day(now), customer(name="a")
    made = {back: sales.open_task(by=mona, customer_id=one, title=f"第{back + 5}件", due_on=today + back * DAY)
            for back in (-1, 0, 1)}  # fmt: skip
    page = signed_in(mona).get("/tasks/").content.decode()
    order = [page.index(text) for text in ("第4件", "第5件", "第6件")]
    assert order == sorted(order) and page.count("逾期 1 天") == 1
    with pytest.raises(sales.TaskRefused):
        sales.postpone_task(made[0], by=mona, due_on=today - DAY)
    assert sales.postpone_task(made[0], by=mona, due_on=today).due_on == today
    weekly = sales.open_task(by=mona, customer_id=one, title="每周", due_on=today, repeat_days=7)
    following = sales.close_task(weekly, by=mona, outcome="好")
    assert following is not None and following.due_on == today + 7 * DAY
    rule = live_rule({"kind": "fact", "fact": "x"})
    entry = RuleEntry.objects.create(
        rule=rule, version=1, customer_id=one, occasion="x", entered_at=now, state=RuleEntry.State.RUNNING
    )
    open_tasks([entry], {"title": "回访", "due_days": 2}, now)
    assert type(weekly).objects.get(title="回访").due_on == today + 2 * DAY


def test_who_came_and_went_is_told_by_the_day_and_the_month(
    now: datetime, mona: User, clock_at: Callable[[datetime], None]
) -> None:
    today, start = day(now), midnight(day(now))
    clock_at(start - timedelta(hours=2))
    condition = {"kind": "behaviour", "fact": "seen", "op": "ge", "value": 1}
    segment.create_segment(by=None, key="seen", name="来过", condition=condition)
    segment.build(clock.now())
    for name, at in (("a", start - timedelta(seconds=1)), ("b", start + timedelta(seconds=1))):
        record([NewFact("seen", at, "t", name, {}, identity=f"user:{name}")])
        run_once(as_of=at)
    clock_at(now)
    told = {row["day"]: (row["entered"], row["size"]) for row in size_history.compute("seen", now)["days"]}
    assert (told[str(today - DAY)], told[str(today)]) == ((1, 1), (1, 2))
    (found,) = sizes(Segment.objects.all(), now).values()
    assert (found.days[-2:], found.sizes[-2:]) == ([today - DAY, today], [1, 2])
    came = members_found(Segment.objects.get(), mona, since=str(today))
    assert [one.customer_id for one in came] == [Customer.objects.latest("id").pk]
    *ends, last = review.moments(now)
    assert [end + TICK for end in ends] == [midnight(months_before(today, back)) for back in range(11, -1, -1)]
    assert last == now


def test_the_past_is_asked_by_days_that_have_begun(now: datetime) -> None:
    today = day(now)
    assert asked_moment.moment_of(str(today), now) == now
    assert asked_moment.moment_of(str(today - DAY), now) == midnight(today) - TICK
    assert asked_moment.moment_of("2000-03-01", now) == midnight(date(2000, 3, 2)) - TICK, (
        "it began on 29 February in UTC"
    )
    with pytest.raises(ValueError, match="还没有到"):
        asked_moment.moment_of(str(today + DAY), now)
    assert figures.ago(now - DAY, now) == "昨天" and figures.ago(now + DAY, now) == "明天"


def test_files_are_named_and_filled_by_the_workspaces_day(
    now: datetime, alice: User, signed_in: Callable[[User], Client]
) -> None:
    customer(name="a", registered_at=midnight(day(now)) - TICK)
    answer = signed_in(alice).post("/customers/export/", {"query": "column=registered"})
    assert f"customers-{day(now)}.csv" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert f"{day(now) - DAY} 23:59" in rows[1]
    condition = {"kind": "attribute", "name": "name", "op": "eq", "value": "a"}
    segment.create_segment(by=None, key="all", name="全部", condition=condition)
    asked = MemberExport.objects.create(by=alice, segment=Segment.objects.get(), form="csv", asked_at=now)
    export.write(asked.pk, now)
    answer = signed_in(alice).get(f"/exports/{asked.pk}/file/")
    assert f"all-{day(now)}.csv" in answer["Content-Disposition"]


@pytest.mark.parametrize(("minute", "due"), [(-1, False), (0, True)])
def test_cut_points_are_published_from_three_in_the_morning(
    clock_at: Callable[[datetime], None], minute: int, due: bool
) -> None:
    three = midnight(date(2028, 3, 1)) + timedelta(hours=3)
    clock_at(three - timedelta(hours=20))
    jobs.cut_points_daily(0)
    clock_at(three + timedelta(minutes=minute))
    jobs.cut_points_daily(0)
    at = Watermark.objects.get(name=jobs.DAY_MARK).at
    assert at is not None and (at >= three) == due


def test_back_ups_are_kept_by_the_workspaces_days_weeks_and_months() -> None:
    start = midnight(date(2028, 5, 1))  # a Monday and a month's first, at 16:00 of April in UTC
    moments = [start - DAY, start - timedelta(hours=1), start + timedelta(hours=1), start + 30 * timedelta(hours=1)]
    names = [f"{one:%Y-%m-%dT%H-%M-%SZ}" for one in moments]
    for rule in (Keeping(days=3, weeks=0, months=0), Keeping(0, 2, 0), Keeping(0, 0, 2)):
        kept = [name for name in names if name not in rule.forgotten(names)]
        assert kept == ([names[1], names[2], names[3]] if rule.days else [names[1], names[3]])


def test_a_day_that_is_told_is_one_of_the_workspace(now: datetime) -> None:
    """A moment in UTC is the workspace's day; no day is taken that begins more than a day from now."""
    start, end = midnight(day(now)), midnight(day(now) + 2 * DAY)
    told = [
        attributes.read("birthday", at.isoformat(), words(), now, {}) for at in (start - TICK, start, end - TICK, end)
    ]
    assert told[:3] == [str(day(now) + back * DAY) for back in (-1, 0, 1)]
    assert isinstance(told[3], Refusal)
