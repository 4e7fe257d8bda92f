"""The classes of a scheme as they are given: checked, then written."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from zhiji.flow.segment.conditions import ConditionError, Node, parse, plain
from zhiji.flow.segment.conditions.mistakes import nearest
from zhiji.flow.segment.definitions.registry import Definitions
from zhiji.flow.segment.engine.needs import Needs, World
from zhiji.flow.segment.models import Scheme, SchemeClass

COLOURS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan")
MOST, LONGEST_NAME = 50, 80


def checked_classes(known: Definitions, key: str, classes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The classes with every field, for a scheme `key`.

    Raises ConditionError with the class in its path, or ValueError.
    """
    check_shape(classes)
    wanted: list[dict[str, Any]] = []
    parts: list[tuple[str, Node | None]] = []
    for index, one in enumerate(classes):
        last = index == len(classes) - 1
        node = None if last else _class_condition(index, one.get("condition"))
        if last and one.get("condition") is not None:
            raise ConditionError(f"$[{index}].condition", _("最后一类收下其余所有人"), _("请去掉它的条件"))
        if slugify(one["key"]) != one["key"] or one["key"] in dict(parts):
            raise ValueError(_("类别标识“%(key)s”须唯一，且只含小写字母、数字和连字符。") % {"key": one["key"]})
        parts.append((one["key"], node))
        colour = one.get("colour") or COLOURS[index % len(COLOURS)]
        wanted.append(
            {
                "key": one["key"],
                "name": named(one["name"]),
                "colour": colour,
                "condition": None if node is None else plain(node),
            }
        )
    world = known.world
    needs = Needs(World(world.segments, {**world.schemes, key: parts}, world.cuts))
    conditions = {f"$[{index}].condition": node for index, (_key, node) in enumerate(parts) if node is not None}
    needs.define(f"scheme:{key}", conditions)
    return wanted


def check_shape(classes: Any) -> None:
    """Refuse what isn't a list of classes: objects with a key and a name. Raises ConditionError or ValueError."""
    if not isinstance(classes, Sequence) or isinstance(classes, str) or not classes:
        raise ValueError(_("一个方案至少要有一个类别。"))
    if len(classes) > MOST:
        raise ValueError(_("一个方案最多 %(most)d 个类别。") % {"most": MOST})
    for index, one in enumerate(classes):
        if not isinstance(one, Mapping):
            raise ConditionError(f"$[{index}]", _("类别应是一个对象"), _("写上 key、name、colour 和 condition"))
        for field, most in (("key", 50), ("name", 40)):
            value = one.get(field)
            if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
                raise ConditionError(f"$[{index}].{field}", _("“{name}”应是 1 到 {most} 个字"), name=field, most=most)
        colour = one.get("colour") or COLOURS[0]
        if colour not in COLOURS:
            raise ConditionError(
                f"$[{index}].colour", _("没有颜色“{name}”"), nearest(colour, COLOURS), name=str(colour)
            )


def _class_condition(index: int, tree: Any) -> Node:
    if tree is None:
        raise ConditionError(f"$[{index}].condition", _("只有最后一类没有条件"), _("请给它一个条件"))
    try:
        return parse(tree)
    except ConditionError as error:
        raise error.at(f"$[{index}].condition") from None


def write_classes(scheme: Scheme, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Bring the scheme's rows in line; those taken out stay at position -1."""
    kept = {one.key: one for one in SchemeClass.objects.filter(scheme=scheme)}
    SchemeClass.objects.filter(scheme=scheme).exclude(key__in=[one["key"] for one in wanted]).update(position=-1)
    for position, one in enumerate(wanted):
        row = kept.get(one["key"]) or SchemeClass(scheme=scheme, key=one["key"], size=0)
        row.position, row.name, row.colour, row.condition = position, one["name"], one["colour"], one["condition"]
        row.save()


def named(name: str) -> str:
    """The name without blanks around it; a ValueError asks for one that fits."""
    name = name.strip()
    if not name:
        raise ValueError(_("请填写名称。"))
    if len(name) > LONGEST_NAME:
        raise ValueError(_("名称最多 %(most)d 个字。") % {"most": LONGEST_NAME})
    return name
