"""Customers of a file become `customer_identified` facts; contact values travel sealed."""

from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
from django.utils.translation import gettext_noop as _

from zhiji.access import privacy
from zhiji.flow.collect.files.known import record_new
from zhiji.flow.collect.files.record import Field, Origin, Refusal, Taken
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact

CONTACTS = ("phone", "email", "address")
GENDERS = {"男": "male", "女": "female", "M": "male", "F": "female", "m": "male", "f": "female", "其他": "other"}
CALENDARS = {"公历": "solar", "阳历": "solar", "农历": "lunar", "阴历": "lunar"}
FIELDS = (
    Field(
        "id",
        _("客户号"),
        required=True,
        aliases=("customer_id", "user_id", "客户编号", "会员号", "编号", "用户ID"),
        longest=120,
    ),
    Field("name", _("姓名"), aliases=("名称", "客户姓名", "客户名称", "full_name", "customer_name"), longest=120),
    Field("gender", _("性别"), aliases=("sex",), choices=("male", "female", "other"), meanings=GENDERS),
    Field("birthday", _("生日"), "date", aliases=("出生日期", "birth_date", "date_of_birth")),
    Field("birthday_calendar", _("生日历法"), aliases=("历法",), choices=("solar", "lunar"), meanings=CALENDARS),
    Field("region", _("省份"), aliases=("地区", "province", "state"), longest=40),
    Field("city", _("城市"), aliases=("市",), longest=40),
    Field("phone", _("手机"), aliases=("手机号", "电话", "手机号码", "mobile", "tel"), longest=40),
    Field("email", _("邮箱"), aliases=("电子邮箱", "电子邮件", "e-mail", "mail"), longest=200),
    Field("address", _("地址"), aliases=("收货地址", "联系地址", "street"), longest=500),
    Field("registered_at", _("注册时间"), "time", aliases=("注册日期", "created_at", "入会时间")),
    Field("consent_email", _("允许发邮件"), "flag", aliases=("邮件授权", "email_consent")),
    Field("updated_at", _("更新时间"), "time", aliases=("修改时间", "modified_at")),
)


def take(rows: pa.Table, origin: Origin) -> Taken:
    """One `customer_identified` fact a row, keyed by the id and what the row says; `customer_registered` once."""
    refused: list[Refusal] = []
    facts: list[NewFact] = []
    good = 0
    now = clock.now()
    for row in rows.to_pylist():
        number = row.pop("_row")
        contacts = _contacts(row, number, refused)
        if contacts is None:
            continue
        good += 1
        facts.append(_identified(row, contacts, origin, now))
        if row["registered_at"] is not None:
            facts.append(_registered(row, origin))
    identified = [fact for fact in facts if fact.name == "customer_identified"]
    taken = record_new(identified)
    record_new([fact for fact in facts if fact.name != "customer_identified"])
    return Taken(taken, good - taken, refused)


def check(rows: pa.Table) -> list[Refusal]:
    """The rows whose contact values won't do."""
    refused: list[Refusal] = []
    for row in rows.to_pylist():
        _contacts(row, row["_row"], refused)
    return refused


def _contacts(row: dict[str, Any], number: int, refused: list[Refusal]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for kind in CONTACTS:
        value = row.pop(kind, None)
        if value is None:
            continue
        try:
            found[kind] = privacy.normalise(kind, value)
        except ValueError:
            advice = "应是手机号，例如 13812345678" if kind == "phone" else "应是邮箱，例如 name@example.com"
            refused.append(Refusal(number, kind, advice))
            return None
    return found


def _identified(row: dict[str, Any], contacts: dict[str, str], origin: Origin, now: datetime) -> NewFact:
    traits = {name: value for name, value in _traits(row).items() if value is not None}
    content = orjson.dumps([traits, contacts], option=orjson.OPT_SORT_KEYS, default=str)
    said = privacy.digest("row", content.decode()).hex()[:16]
    return NewFact(
        name="customer_identified",
        occurred_at=row["updated_at"] or now,
        scope=origin.scope("customer"),
        key=f"{row['id']}:{said}",
        properties={"traits": traits},
        identity=f"{origin.namespace}:{row['id']}",
        source_id=origin.source_id,
        sealed=privacy.seal(orjson.dumps(contacts), "traits") if contacts else None,
    )


def _traits(row: dict[str, Any]) -> dict[str, Any]:
    birthday, registered = row["birthday"], row["registered_at"]
    consent = row["consent_email"]
    return {
        "name": row["name"],
        "gender": row["gender"],
        "birthday": birthday and birthday.isoformat(),
        "birthday_calendar": row["birthday_calendar"],
        "region": row["region"],
        "city": row["city"],
        "registered_at": registered and registered.isoformat(),
        "consent": None if consent is None else {"email": consent},
        **{name.partition(".")[2]: value for name, value in row.items() if name.startswith("attributes.")},
    }


def _registered(row: dict[str, Any], origin: Origin) -> NewFact:
    return NewFact(
        name="customer_registered",
        occurred_at=row["registered_at"],
        scope=origin.scope("registered"),
        key=row["id"],
        identity=f"{origin.namespace}:{row['id']}",
        source_id=origin.source_id,
    )
