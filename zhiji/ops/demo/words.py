"""The words of the demo: what departments, categories and places are called (words.toml)."""

import tomllib
from pathlib import Path
from typing import Any

_words: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))

DEPARTMENTS: dict[str, str] = _words["departments"]
CATEGORIES: dict[str, str] = _words["categories"]
INCOMES: dict[str, str] = _words["incomes"]
HOMES: dict[str, str] = _words["homes"]
PLACES: list[tuple[str, str, int]] = [tuple(place) for place in _words["places"]]
ROADS: list[str] = _words["roads"]
AGES = {"19-24": (19, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55-64": (55, 64), "65+": (65, 82)}

# The provinces of the three salespeople.
EAST = ["上海", "江苏", "浙江", "安徽", "山东"]
SOUTH = ["广东", "福建", "广西", "海南", "湖北", "湖南"]
NORTH = ["北京", "天津", "河北", "河南", "四川", "重庆", "陕西", "辽宁"]
