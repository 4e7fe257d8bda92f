"""A condition that somebody writes or asks reads only what their role may read.

What reads a field that is hidden from them is refused as if there were no such field: neither its values nor how many
have them can be told by asking. A definition that others published stays usable; why it holds is told to those who may
read what it reads.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.segment.conditions import ConditionError, Node, parse, reads
from zhiji.flow.segment.conditions.attribute import CUSTOM
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.records.queries import TOLD, hidden_from

TELLING = {"customer_identified", "attributes_changed"}
"""Facts whose properties tell values of fields."""


def refuse_hidden(tree: Any, user: User | None) -> None:
    """Refuse a tree in JSON, or a list of them, that reads a field hidden from `user`. None, the house, reads all.

    Raises ConditionError.
    """
    hidden = hidden_from(user) if user is not None else frozenset()
    if not hidden:
        return
    for path, name, value in _texts(tree, "$"):
        if value.startswith(CUSTOM) and value.removeprefix(CUSTOM) in hidden:
            raise ConditionError(path, _("没有客户资料“{name}”"), name=value.removeprefix(CUSTOM))
        if (value in TELLING and name == "fact") or (value in (*TOLD, "rejected") and name in ("property", "same")):
            raise ConditionError(path, _("有您看不到的字段，不能按“{name}”问"), name=value)


def _texts(part: Any, path: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """(path, the name it stands under, text) of every text."""
    if isinstance(part, str):
        yield path, name, part
    elif isinstance(part, list | tuple):
        for index, one in enumerate(part):
            yield from _texts(one, f"{path}[{index}]", name)
    elif isinstance(part, dict):
        for key, one in part.items():
            yield from _texts(one, f"{path}.{key}", key)


class NotToBeTold(ValueError):
    """The condition reads a field that the user may not read: ask an administrator for the reason."""

    def __str__(self) -> str:
        return gettext("这个条件用到您看不到的字段，不能说明原因；需要时请找管理员。")


def refuse_untold(nodes: Iterable[Node | None], user: User | None, known: Definitions) -> None:
    """Refuse to explain what reads hidden fields. None, the house, is told all. Raises NotToBeTold."""
    if user is not None and untold(nodes, user, known):
        raise NotToBeTold


def untold_words() -> str:
    """What stands in the place of a condition that isn't told."""
    return gettext("条件用到您看不到的字段。")


def hides(tree: Any, user: User) -> bool:
    """Whether a condition in JSON reads a field that is hidden from `user`, so that its very values aren't shown."""
    try:
        return untold([parse(tree)], user, definitions())
    except ConditionError:
        return False


def untold(nodes: Iterable[Node | None], user: User, known: Definitions) -> bool:
    """Whether some of these conditions, or what they refer to, reads a field that is hidden from `user`."""
    hidden = hidden_from(user)
    if not hidden:
        return False
    waiting, seen = [node for node in nodes if node is not None], set[str]()
    while waiting:
        read = reads(waiting.pop())
        if {f"{CUSTOM}{key}" for key in hidden} & read.attributes or TELLING & read.facts:
            return True
        for of in {f"segment:{key}" for key in read.segments} | {f"scheme:{key}" for key in read.schemes}:
            if of not in seen:
                seen.add(of)
                waiting += nodes_of(of, known)
    return False


def nodes_of(of: str, known: Definitions) -> list[Node]:
    """The conditions of a definition ("segment:x", "scheme:x")."""
    kind, _colon, key = of.partition(":")
    if kind == "segment":
        return [known.segments[key].node] if key in known.segments else []
    return [one.node for one in known.schemes[key].classes if one.node is not None] if key in known.schemes else []
