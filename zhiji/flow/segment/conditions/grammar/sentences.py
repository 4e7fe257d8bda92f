"""Whole sentences: said, and read."""

from __future__ import annotations

from typing import Any

import msgspec

from zhiji.flow.segment.conditions.grammar.forms import Either, Form
from zhiji.flow.segment.conditions.grammar.groups import Groups, Taken
from zhiji.flow.segment.conditions.grammar.kinds import KINDS
from zhiji.flow.segment.conditions.grammar.offers import OFFERS
from zhiji.flow.segment.conditions.grammar.reading import Reading
from zhiji.flow.segment.conditions.grammar.refusal import Unreadable, refusal
from zhiji.flow.segment.conditions.grammar.vocabulary import reserve
from zhiji.flow.segment.conditions.node import ConditionError, Node
from zhiji.flow.segment.conditions.words import Words

LONGEST, REMEMBERED = 20_000, 20_000
_said: dict[tuple[bytes, bool, int], str] = {}


def say(node: Node, words: Words) -> str:
    """The sentence of a condition. Equal conditions are put into words once."""
    key = (msgspec.json.encode(node), words.chinese, words.names.fingerprint)
    said = _said.get(key)
    if said is None:
        if len(_said) >= REMEMBERED:
            _said.clear()
        said = _said[key] = CONDITION.say(msgspec.to_builtins(node), words, None) or key[0].decode()
    return said


def read(text: str, words: Words) -> Any:
    """The condition, as JSON objects, that a sentence says.

    Raises Unreadable with the place, or ConditionError where the words are clear but can't be.
    """
    text = text.rstrip(" 。.\n\t\u3000")
    if len(text) > LONGEST:
        raise Unreadable(
            LONGEST, [], "", words.label((f"句子超过 {LONGEST} 个字", f"longer than {LONGEST} characters"))
        )
    reading = Reading(text, words)
    trees = [tree for end, tree in CONDITION.read(reading, 0, None) if reading.skip(end) == len(text)]
    if not trees:
        raise refusal(reading)
    refused: ConditionError | None = None
    sound: list[Any] = []
    for tree in trees:
        try:
            sound.append(checked(tree))
        except ConditionError as error:
            refused = refused or error
    exact = [tree for tree in sound if CONDITION.say(tree, words, None) == text]
    if refused and not sound:
        raise refused
    return (exact or sound)[0]


def checked(tree: Any) -> Any:
    """The tree as it is kept. Raises ConditionError."""
    from zhiji.flow.segment.conditions.tree import parse, plain

    return plain(parse(tree))


def _fits(tree: Any) -> bool:
    try:
        checked(tree)
    except ConditionError:
        return False
    return True


def _taken(tree: Any) -> Taken | None:
    kind = tree.get("kind")
    if kind == "not":
        return kind, [tree["of"]]
    return (kind, tree["of"]) if kind in ("all", "any") else None


def _made(kind: str, parts: list[Any]) -> Any:
    return {"kind": kind, "of": parts[0] if kind == "not" else parts}


LEAF: Form = Either(*(one for kind in KINDS.values() for one in kind), OFFERS)
CONDITION = Groups(LEAF, _taken, _made, fits=_fits)
reserve(CONDITION)
