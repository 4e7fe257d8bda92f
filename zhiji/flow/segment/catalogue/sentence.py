"""A condition as a person says it, in Chinese or English, and read back from what somebody typed."""

from functools import cache
from typing import Any

from zhiji.flow.segment.catalogue import observed_names
from zhiji.flow.segment.conditions import ConditionError, Node, grammar, parse, reads
from zhiji.flow.segment.conditions.grammar import Suggestion
from zhiji.flow.segment.conditions.words import Names, Words
from zhiji.flow.segment.models import SchemeClass, Segment


def sentence(tree: Any, language: str = "zh-hans", names: Names | None = None) -> str:
    """“近 90 天 支付订单 次数 ≥ 3”. `tree` is JSON or a parsed condition. Raises ConditionError."""
    node = tree if isinstance(tree, Node) else parse(tree)
    return node.said(words(node, language, names))


def said(tree: Any, language: str = "zh-hans", names: Names | None = None) -> str:
    """The sentence; of a tree that won't parse any more, why."""
    try:
        return sentence(tree, language, names)
    except ConditionError as error:
        return str(error)


def read(text: str, language: str = "zh-hans", names: Names | None = None) -> Any:
    """The condition that a sentence says, as JSON objects. Raises Unreadable with the place, or ConditionError."""
    return grammar.read(text, Words(language.startswith("zh"), names or all_names()))


def suggest(text: str, cursor: int, language: str = "zh-hans", names: Names | None = None) -> list[Suggestion]:
    """What may follow at the cursor, the likeliest first."""
    return grammar.suggest(text, cursor, Words(language.startswith("zh"), names or all_names()))


def words(node: Node, language: str = "zh-hans", names: Names | None = None) -> Words:
    """How to speak of `node`; names are read from the database only if it mentions a segment or scheme."""
    if names is None:
        read = reads(node)
        names = all_names() if read.segments or read.schemes else Names()
    return Words(chinese=language.startswith("zh"), names=names)


def all_names() -> Names:
    """The names of every segment, scheme and class."""
    classes = SchemeClass.objects.select_related("scheme").order_by("pk")
    return Names(
        segments=dict(Segment.objects.values_list("key", "name")),
        schemes={one.scheme.key: one.scheme.name for one in classes},
        classes={(one.scheme.key, one.key): one.name for one in classes},
        seen=cache(observed_names.seen),
    )
