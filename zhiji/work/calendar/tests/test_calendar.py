"""The page of the working calendar, what it reads, and what uses it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.desks.sales.offers.steps import OFFERS
from zhiji.work.calendar import actions, queries
from zhiji.work.calendar.hours import Special
from zhiji.work.calendar.models import SpecialDay
from zhiji.work.calendar.reading import Unread, holidays, slots, written_holidays

NOTICE = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。"""


class TestReading:
    @pytest.mark.django_db
    def test_the_published_notice_of_2026_gives_the_days_that_were_seeded(self) -> None:
        seeded = SpecialDay.objects.filter(day__year=2026).values_list("day", "works")
        assert {day: one.works for day, one in holidays(NOTICE, 2026).items()} == dict(seeded)
        assert len(seeded) == 39

    def test_lines_come_back_as_they_are_written(self) -> None:
        days = {date(2027, 1, 1): Special(False, "元旦"), date(2027, 10, 10): Special(True, "国庆节")}
        assert holidays(written_holidays(days), 2027) == days
        assert holidays("", 2027) == {}

    def test_new_year_may_begin_in_the_december_before(self) -> None:
        days = holidays("一、元旦：12月31日（周五）至1月2日放假，共3天。", 2028)
        assert sorted(days) == [date(2027, 12, 31), date(2028, 1, 1), date(2028, 1, 2)]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("2027-01-01 休 元旦\n明年再说", "明年再说"),
            ("2027-02-30 休 春节", "没有 2027 年 2 月 30 日"),
            ("2028-05-01 休 劳动节", "不在 2027 年"),
            ("一、元旦：1月1日至3日放假，共4天。", "共 4 天"),
            ("祝大家节日快乐", "没有读到"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(self, text: str, says: str) -> None:
        with pytest.raises(Unread, match=says):
            holidays(text, 2027)

    @pytest.mark.parametrize("text", ["9点到5点", "13:00-12:00", "09:00-12:00, 11:00-18:00", "09:00-25:00"])
    def test_hours_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(Unread):
            slots(text)
        assert slots("09：00—12：00；13:00到24:00") == ((540, 720), (780, 1440))


@pytest.mark.django_db
class TestPage:
    def test_a_notice_pasted_replaces_the_year(self, alice: User, signed_in: Callable[[User], Client]) -> None:
        notice = NOTICE.replace("2026", "2027")
        answer = signed_in(alice).post("/settings/calendar/year/", {"year": "2027", "days": notice})
        assert answer.status_code == 302 and queries.years()[-1] == 2027
        assert AuditLine.objects.get(verb="holidays changed").detail == {"year": 2027, "days": 39}
        signed_in(alice).post("/settings/calendar/year/", {"year": "2027", "days": "2027-01-01 休 元旦"})
        assert SpecialDay.objects.filter(day__year=2027).count() == 1
        assert SpecialDay.objects.filter(day__year=2026).count() == 39

    def test_hours_are_kept_and_a_week_without_any_is_refused(
        self, alice: User, bob: User, signed_in: Callable[[User], Client]
    ) -> None:
        assert signed_in(bob).post("/settings/calendar/week/", {"day0": "10:00-12:00"}).status_code == 403
        assert signed_in(alice).post("/settings/calendar/week/", {"day0": ""}).status_code == 422
        bad = signed_in(alice).post("/settings/calendar/week/", {"day0": "十点开门"})
        assert bad.status_code == 422 and "十点开门" in bad.content.decode()
        assert queries.calendar().week[0] == slots("09:00-12:00, 13:00-18:00")
        assert signed_in(alice).post("/settings/calendar/week/", {"day0": "10:00-12:00"}).status_code == 302
        assert queries.calendar().week == [((600, 720),), *[()] * 6]

    def test_a_deadline_is_tried_and_explained(self, alice: User, signed_in: Callable[[User], Client]) -> None:
        asked = {"start": "2026-04-30T17:00", "hours": "2"}
        told = signed_in(alice).get("/settings/calendar/", asked).content.decode()
        assert "2026-05-06 10:00" in told and "劳动节" in told and "算 1 小时" in told
        nothing = signed_in(alice).get("/settings/calendar/", {**asked, "hours": "0"}).content.decode()
        assert "十年里都没有" in nothing

    def test_a_year_whose_holidays_are_unknown_is_warned_of_from_november_on(
        self, alice: User, signed_in: Callable[[User], Client], clock_at: Callable[[datetime], None]
    ) -> None:
        clock_at(datetime(2026, 10, 31, 8, tzinfo=UTC))
        assert "还不知道 2027 年" not in signed_in(alice).get("/settings/calendar/").content.decode()
        clock_at(datetime(2026, 10, 31, 17, tzinfo=UTC))
        assert "还不知道 2027 年" in signed_in(alice).get("/settings/calendar/").content.decode()
        actions.set_year(2027, "2027-01-01 休 元旦", by=None)
        assert "还不知道" not in signed_in(alice).get("/settings/calendar/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("workdays", "due"), [(True, date(2026, 5, 8)), (False, date(2026, 5, 3))])
def test_a_rules_task_may_be_due_in_working_days(workdays: bool, due: date) -> None:
    from zhiji.desks.sales.models import Task
    from zhiji.flow.act.actions import create_rule, switch_on
    from zhiji.flow.act.entering import enter
    from zhiji.flow.act.stepping import round_once
    from zhiji.flow.act.triggers import Candidate
    from zhiji.flow.profile.tests.acts import customer

    now = datetime(2026, 4, 29, 16, 30, tzinfo=UTC)  # half past midnight of the 30th here
    step: dict[str, Any] = {"kind": "open_task", "title": "回访", "due_days": 3, "workdays": workdays}
    rule = create_rule(by=None, name="r", trigger={"kind": "fact", "fact": "x"}, steps=[step], holdout=0)
    switch_on(rule, by=None, as_of=now)
    enter(rule, [Candidate(customer("user:1").pk, "x", now)], now)
    round_once(as_of=now)
    assert Task.objects.get().due_on == due
    assert ("3 个工作日" in OFFERS[0].sentence(step)) is workdays
