"""The registry of types: each module of this folder makes one, as `TYPE`: a new type is a new file."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from zhiji.records.valuetype import BadType, ValueType


@cache
def every() -> dict[str, ValueType]:
    """The types by key, in the order they are offered. Raises BadType for a module that is no whole type."""
    found = [whole(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {one.key: one for one in sorted(found, key=lambda one: one.position)}


def whole(name: str) -> ValueType:
    """The type that a module makes; it is called like its file. Raises BadType."""
    try:
        made = getattr(import_module(name), "TYPE", None)
    except TypeError as error:
        raise BadType(f"{name} is no whole type: {error}") from error
    if not isinstance(made, ValueType) or made.key != name.rpartition(".")[2]:
        raise BadType(f"{name} must make its TYPE, a ValueType whose key is the module's name")
    return made
