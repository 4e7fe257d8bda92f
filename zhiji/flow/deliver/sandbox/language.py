"""The small language of templates: Jinja2's syntax, with only what can't do harm.

A template prints variables, through filters, with `if` and `for`. It can't call, assign, import, reach into
Python objects, or grow: every filter's result, the number of loop turns and the whole text have a limit. What a
limit forgets, the process's own limits stop (see process.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from zhiji.flow.deliver.sandbox import tree as trees
from zhiji.flow.deliver.sandbox.filters import FILTERS, is_empty, limited
from zhiji.flow.deliver.sandbox.refusal import Refused

LONGEST_SOURCE = 100_000
LONGEST_OUTPUT = 300_000
MOST_TURNS = 2_000
KEPT = 24
"""Compiled templates kept."""
TESTS = ("defined", "undefined", "none", "eq", "ne", "gt", "ge", "lt", "le", "in", "number", "string")
OF_LOOPS = ("index", "index0", "revindex", "first", "last", "length")


class _Now:
    """What is noted while one letter is filled in."""

    turns = 0
    empty: dict[str, None]


class _Sandbox(ImmutableSandboxedEnvironment):
    """A part of a variable is a key of plain data, never an attribute of an object; nothing can be called."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in OF_LOOPS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)

    def handle_exception(self, source: str | None = None) -> NoReturn:
        raise  # what is handled, as it is: Jinja would first trace it back to the source, which nobody reads here

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        _prepare(source)
        code: str = super()._generate(source, name, filename, defer_init)
        return code


def _prepare(tree: nodes.Template) -> None:
    trees.check(tree)
    trees.mark(tree)
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)


def _counted(items: Any) -> Iterator[Any]:
    for item in items if isinstance(items, (list, tuple, dict)) else ():
        _Now.turns += 1
        if _Now.turns > MOST_TURNS:
            raise Refused("many_turns", most=MOST_TURNS)
        yield item


def _needed(value: Any, name: str, soft: bool) -> Any:
    if is_empty(value):
        _Now.empty[name] = None
    return value


def _environment(html: bool) -> _Sandbox:
    # Nothing is worked out while compiling: `optimized` would run filters on constants there, without our limits.
    environment = _Sandbox(
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
        optimized=False,
        undefined=ChainableUndefined,
    )
    environment.globals.clear()
    environment.filters = {name: limited(function) for name, function in FILTERS.items()}
    environment.filters |= {"counted": _counted, "needed": _needed}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


_environments = {True: _environment(html=True), False: _environment(html=False)}


def _parsed(source: str, html: bool) -> nodes.Template:
    if len(source) > LONGEST_SOURCE:
        raise Refused("long_source", most=LONGEST_SOURCE)
    try:
        return _environments[html].parse(source)
    except TemplateSyntaxError as error:
        raise Refused("syntax", error.lineno, why=error.message or "") from None
    except RecursionError:
        raise Refused("nested", blocks=trees.MOST_BLOCKS, depth=trees.MOST_DEPTH) from None
    except (TemplateError, ValueError) as error:  # a number of 5,000 digits, for one
        raise Refused("syntax", why=str(error)) from None


@lru_cache(maxsize=KEPT)
def _compiled(source: str, html: bool) -> Any:
    tree = _parsed(source, html)
    try:
        return _environments[html].from_string(tree)
    except (RecursionError, SyntaxError):  # Python's own limits on what Jinja made of it
        raise Refused("nested", blocks=trees.MOST_BLOCKS, depth=trees.MOST_DEPTH) from None
    except (TemplateError, ValueError) as error:
        raise Refused("syntax", getattr(error, "lineno", None), why=str(error)) from None


def fill(sources: Sequence[tuple[str, bool]], variables: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The texts of templates `(source, is HTML)`, and the printed variables that were empty. Raises Refused."""
    _Now.turns, _Now.empty = 0, {}
    return [_filled(place, *one, variables) for place, one in enumerate(sources)], list(_Now.empty)


def _filled(place: int, source: str, html: bool, variables: Mapping[str, Any]) -> str:
    parts: list[str] = []
    size = 0
    try:
        for part in _compiled(source, html).generate(**variables):
            size += len(part)
            if size > LONGEST_OUTPUT:
                raise Refused("long_output", most=LONGEST_OUTPUT)
            parts.append(part)
    except Refused as refused:
        refused.told.setdefault("place", place)
        raise
    except MemoryError:
        raise Refused("memory", place=place) from None
    except TypeError as error:
        code = "unlike" if "not supported between" in str(error) else "arguments"
        raise Refused(code, place=place) from None
    except Exception as error:
        raise Refused("broke", why=str(error)[:300], place=place) from None
    return "".join(parts)


def needs(sources: Sequence[tuple[str, bool]]) -> list[str]:
    """The variables these templates can't do without. Raises Refused."""
    found: set[str] = set()
    for place, (source, html) in enumerate(sources):
        try:
            tree = _parsed(source, html)
            trees.check(tree)
            trees.mark(tree)
        except Refused as refused:
            refused.told.setdefault("place", place)
            raise
        found |= trees.needs(tree)
    return sorted(found)
