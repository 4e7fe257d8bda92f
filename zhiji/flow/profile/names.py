"""What a name is found by: itself and its endings, its 拼音 and their endings, and the initials.

Many surnames are read otherwise than the character usually is (单 shàn, 曾 zēng, 仇 qiú): the surname's reading comes
first, and other readings find the customer too.
"""

import re
from functools import lru_cache
from itertools import product

from zhiji.kernel import pinyin

SURNAMES = {
    "单": "shan", "解": "xie", "查": "zha", "曾": "zeng", "仇": "qiu", "任": "ren", "区": "ou", "朴": "piao",
    "盖": "ge", "乐": "yue", "种": "chong", "翟": "zhai", "缪": "miao", "召": "shao", "员": "yun", "华": "hua",
    "宁": "ning", "折": "she", "那": "na", "秘": "bi", "冼": "xian", "繁": "po", "覃": "qin", "洗": "xian",
    "郇": "xun", "隗": "wei", "祭": "zhai", "能": "nai", "句": "gou", "阚": "kan", "薄": "bo", "车": "che",
    "沈": "shen", "石": "shi", "柏": "bai", "谌": "chen", "黑": "he", "尹": "yin", "葛": "ge", "牟": "mou",
    "褚": "chu", "臧": "zang", "殷": "yin", "余": "yu", "俞": "yu", "宿": "su", "卜": "bu", "参": "shen",
}  # fmt: skip
DOUBLE = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"), "令狐": ("ling", "hu"), "夏侯": ("xia", "hou"), "皇甫": ("huang", "fu"),
}  # fmt: skip
HAN = re.compile(r"[\u3400-\u9fff]")
LONGEST = 120


@lru_cache(maxsize=50_000)
def _readings(character: str) -> tuple[str, ...]:
    """The toneless readings of one character, the commonest first."""
    return pinyin.readings(character)


def _syllables(name: str) -> list[list[str]]:
    """The readings of each character of a Chinese name; more than one only of the surname."""
    if name[:2] in DOUBLE:
        return [[one] for one in DOUBLE[name[:2]]] + [[_readings(character)[0]] for character in name[2:]]
    first = [SURNAMES[name[0]]] if name[0] in SURNAMES else []
    surname = list(dict.fromkeys([*first, *_readings(name[0])]))[:3]
    return [surname, *([_readings(character)[0]] for character in name[1:])]


def sorting_key(name: str) -> str:
    """What a name sorts by: syllables of 拼音 apart, lower case."""
    compact = "".join(name.split())
    if not HAN.search(compact):
        return " ".join(name.lower().split())[:LONGEST]
    return " ".join(readings[0] for readings in _syllables(compact))[:LONGEST]


def search_keys(name: str) -> set[str]:
    """Every key that finds `name` by a prefix."""
    compact = fold(name)
    if not compact:
        return set()
    if not HAN.search(compact):
        words = name.lower().split()
        return {fold("".join(words[start:])) for start in range(len(words))}
    keys = {compact[start:] for start in range(len(compact))}
    for reading in product(*_syllables(compact)):
        keys.update("".join(reading[start:]) for start in range(len(reading)))
        keys.add("".join(syllable[0] for syllable in reading))
    return {key[:LONGEST] for key in keys}


def fold(text: str) -> str:
    """How keys and questions are written: no spaces or separators, lower case."""
    return re.sub(r"[\s·.'-]+", "", text).lower()[:LONGEST]
