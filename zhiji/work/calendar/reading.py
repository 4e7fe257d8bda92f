"""How people write working hours and holidays, read and written back."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from zhiji.work.calendar.hours import Slot, Special

SLOT = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:：](\d{2})")
LINE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[\s,，;；]*(休|班)[\s,，;；]*(\S{1,40})?")
HOLIDAY = re.compile(
    r"(?P<name>[\u4e00-\u9fff、]{2,20})[:：]\s*(?P<month>\d{1,2})月(?P<first>\d{1,2})日"
    r"(?:[至—~-](?:(?P<to_month>\d{1,2})月)?(?P<last>\d{1,2})日)?[^。]*?放假(?:[^。]*?共?(?P<count>\d+)天)?[^。]*。"
    r"(?P<made_up>[^。：:]*上班)?"
)
NUMBERED = re.compile(r"^[一二三四五六七八九十]+、")
DAY_OF = re.compile(r"(?:(\d{1,2})月)?(\d{1,2})日")
NOTES = re.compile(r"[（(][^）)]*[）)]")


class Unread(ValueError):
    """It isn't written so that it can be read; the message says which part, and what would do."""


def slots(text: str) -> tuple[Slot, ...]:
    """The slots of a day, such as `09:00-12:00, 13:00-18:00`; none of an empty text. Raises Unread."""
    found = tuple((int(a) * 60 + int(b), int(c) * 60 + int(d)) for a, b, c, d in SLOT.findall(text))
    rest = SLOT.sub("", text).strip(" ,，、;；/")
    if rest:
        raise Unread(_("读不懂“%(part)s”；请写成 09:00-12:00, 13:00-18:00，休息就留空") % {"part": rest[:20]})
    end = 0
    for opens, closes in found:
        if not end <= opens < closes <= 1440:
            raise Unread(_("“%(text)s”里的时段要从早到晚、互不重叠，都在 00:00 到 24:00 之间") % {"text": text.strip()})
        end = closes
    return found


def written_slots(day: tuple[Slot, ...]) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in day)


def holidays(text: str, year: int) -> dict[date, Special]:
    """The special days of a year, from lines such as `2027-10-10 班 国庆节`, or from the State Council's notice as it
    is published; New Year may begin in the December before. Raises Unread.
    """
    found = _lines(text) if LINE.search(text) else dict(_notice(text, year))
    if other := sorted(day for day in found if day.year != year and (day.year, day.month) != (year - 1, 12)):
        raise Unread(_("%(day)s 不在 %(year)s 年") % {"day": other[0].isoformat(), "year": year})
    return found


def written_holidays(days: Mapping[date, Special]) -> str:
    return "\n".join(f"{day} {'班' if one.works else '休'} {one.name}" for day, one in sorted(days.items()))


def _lines(text: str) -> dict[date, Special]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        read = LINE.fullmatch(line)
        if read is None:
            raise Unread(_("读不懂这一行：“%(line)s”；请写成 2027-10-10 班 国庆节") % {"line": line[:40]})
        found[_day(*map(int, read.group(1, 2, 3)))] = Special(read[4] == "班", read[5] or "")
    return found


def _notice(text: str, year: int) -> Iterator[tuple[date, Special]]:
    plain = NOTES.sub("", "".join(text.split()))
    items = list(HOLIDAY.finditer(plain))
    if not items and plain:
        raise Unread(_("没有读到放假安排；请粘贴通知全文，或每行写一天，如 2027-10-10 班 国庆节"))
    for item in items:
        name = NUMBERED.sub("", item["name"])
        earlier = name.startswith("元旦") and item["month"] == "12"
        first = _day(year - earlier, int(item["month"]), int(item["first"]))
        last = _day(year, int(item["to_month"] or item["month"]), int(item["last"])) if item["last"] else first
        length = (last - first).days + 1
        if length < 1 or (item["count"] and int(item["count"]) != length):
            told = {"name": name, "count": item["count"] or "?", "length": length}
            raise Unread(_("“%(name)s”写着共 %(count)s 天，起止日期却是 %(length)s 天，请核对") % told)
        yield from ((first + timedelta(days=number), Special(False, name)) for number in range(length))
        month = first.month
        for one in DAY_OF.finditer(item["made_up"] or ""):
            month = int(one[1] or month)
            yield _day(year, month, int(one[2])), Special(True, name)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unread(_("没有 %(year)s 年 %(month)s 月 %(day)s 日") % {"year": year, "month": month, "day": day})
