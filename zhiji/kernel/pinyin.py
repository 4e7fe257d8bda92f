"""Chinese texts in 拼音, character by character, with the few words of ours whose characters are read otherwise there.

The library's own list of 47,000 words takes 45 MiB of every process; of names, which no list of words holds, it says
nothing, and of what a page or a key is called these are what it says.
"""

import os

os.environ["PYPINYIN_NO_PHRASES"] = "1"  # read when the library is imported

from pypinyin import Style, lazy_pinyin, load_phrases_dict, pinyin

WORDS = {
    "模板": "mú bǎn", "重新": "chóng xīn", "重复": "chóng fù", "重叠": "chóng dié", "重庆": "chóng qìng",
    "角色": "jué sè", "调整": "tiáo zhěng", "银行": "yín háng", "行业": "háng yè", "行号": "háng hào",
    "目的": "mù dì", "时长": "shí cháng", "校正": "jiào zhèng", "增长": "zēng zhǎng", "音乐": "yīn yuè",
}  # fmt: skip
load_phrases_dict({word: [[syllable] for syllable in spelt.split()] for word, spelt in WORDS.items()})


def syllables(text: str) -> list[str]:
    """The text's syllables without tones; what isn't Chinese as it stands."""
    return list(lazy_pinyin(text))


def initials(text: str) -> str:
    """The first letter of each syllable."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


def readings(character: str) -> tuple[str, ...]:
    """The readings of one character without tones, the commonest first."""
    return tuple(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]))
