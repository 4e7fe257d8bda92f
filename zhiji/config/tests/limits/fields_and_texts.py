"""The limits of custom fields and of text messages."""

from itertools import count
from typing import Any

from zhiji.config.tests.limits.limit import Limit, Try
from zhiji.flow.deliver.channels.sms.wording import check_value, fill
from zhiji.flow.deliver.wording import Wording
from zhiji.records.actions import create_field
from zhiji.records.models import CustomField

_numbers = count()


def field(**given: Any) -> Try:
    return lambda: create_field(by=None, label=f"字段{next(_numbers)}", **given)


def fields(most: int) -> Try:
    def make() -> int:
        CustomField.objects.all().delete()
        return len([field(type="text")() for _ in range(most)])

    return make


def choices(many: int = 1, long: int = 1) -> Try:
    return field(type="choice", choices=[(f"{at}" * long, "") for at in range(many)])


def text(length: int) -> Try:
    return lambda: fill(Wording("", "", "字" * length, {}, {"sign": "店铺", "code": "SMS_1"}), {})


def value(length: int) -> Try:
    return lambda: check_value("name", "字" * length) or "taken"


REACHED = {
    "records/actions/fields.py:MOST": Limit(2, fields(3), "最多 2 个字段", fields(2)),
    "records/actions/fields.py:MOST_CHOICES": Limit(2, choices(3), "最多 2 个可选的值", choices(2)),
    "records/actions/fields.py:LONGEST_CHOICE": Limit(3, choices(long=4), "最多 3 个字", choices(long=3)),
    "flow/deliver/channels/sms/wording.py:LONGEST": Limit(10, text(7), "超过 10 字", text(6)),
    "flow/deliver/channels/sms/wording.py:LONGEST_VALUE": Limit(3, value(4), "超过 3 个字", value(3)),
}
"""The sign and its brackets are four of a text's units."""
