"""Names and sentences stand one after another with the marks of the reader's language, and loops have names in it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from zhiji.kernel.listing import listed, one_after_another
from zhiji.kernel.loops import Loop
from zhiji.kernel.registry import offered
from zhiji.shell.asked import Misasked

RAW = re.compile(r"""(?<![\w(])["'][、；]["']\.join|join:["'][、；]""")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def test_names_are_listed_by_the_readers_marks() -> None:
    assert listed(["甲", "乙"]) == "甲、乙"
    assert one_after_another(["甲", "乙"]) == "甲；乙"
    with override("en"):
        assert listed(["a", 2]) == "a, 2"
        assert one_after_another(["a", "b"]) == "a; b"


def test_two_refusals_of_one_call_read_as_english() -> None:
    with override("en"):
        assert not CHINESE.search(str(Misasked([("label", "missing", ""), ("name", "unknown", "known are key")])))


def test_no_code_or_page_writes_a_chinese_mark_between_names_by_itself() -> None:
    package = Path(settings.BASE_DIR) / "zhiji"
    package = package if package.exists() else Path(settings.BASE_DIR)
    files = [one for end in ("*.py", "*.html") for one in package.rglob(end) if "tests" not in one.parts]
    assert len(files) > 500
    assert not [str(one) for one in files if RAW.search(one.read_text("utf-8"))]


@pytest.mark.parametrize("loop", offered(Loop), ids=lambda loop: loop.name)
def test_every_loop_has_a_name_in_both_languages(loop: Loop) -> None:
    assert loop.label
    with override("zh-hans"):
        assert CHINESE.search(str(loop.label)), "the system page names it in Chinese"
    with override("en"):
        assert not CHINESE.search(str(loop.label)), "and in English"
