"""Text messages are counted in UTF-16 units, sign included: 70, then 67 each."""

import pytest

from zhiji.flow.deliver.channels.sms.segments import segments, units
from zhiji.flow.deliver.channels.sms.wording import Text


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_a_segment_is_70_units_and_then_67(length: int, parts: int) -> None:
    text = Text("知己小店", "SMS_1", "字" * (length - 6), {}) if length > 6 else None
    whole = text.whole if text else "字" * length
    assert (units(whole), segments(whole)) == (length, parts)


def test_an_emoji_is_two_units() -> None:
    assert units("🎁") == 2 and units("礼") == 1
    assert segments("字" * 69 + "礼") == 1 and segments("字" * 69 + "🎁") == 2
