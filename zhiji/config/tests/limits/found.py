"""The limits of the product, found by reading its source: a constant that a value is compared with before a refusal."""

import ast
from collections.abc import Iterator
from pathlib import Path

import zhiji

HOUSE = Path(zhiji.__file__).parent
ELSEWHERE = {"tests", "migrations", "demo"}


def limits() -> set[str]:
    """`file:NAME` of each; the file is the one that compares."""
    trees = {path: ast.parse(path.read_text()) for path in HOUSE.rglob("*.py") if not ELSEWHERE & {*path.parts}}
    numbers = {name for tree in trees.values() for name in _constants(tree)}
    return {
        f"{path.relative_to(HOUSE).as_posix()}:{name}"
        for path, tree in trees.items()
        for name in _refusing(tree, numbers)
    }


def _constants(tree: ast.Module) -> Iterator[str]:
    """The module's names of numbers."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            if value is not None and _numeric(value):
                yield from (one.id for one in names if isinstance(one, ast.Name) and one.id.isupper())


def _numeric(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_numeric, node.elts))
    if isinstance(node, ast.BinOp):
        return _numeric(node.left) and _numeric(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _refusing(tree: ast.Module, numbers: set[str]) -> Iterator[str]:
    """The numbers with which something is compared before a refusal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and (compared := _names(node.test) & numbers):
            parts = (one for part in (*node.body, *node.orelse) for one in ast.walk(part))
            if any(isinstance(one, ast.Raise) for one in parts):
                yield from compared


def _names(test: ast.expr) -> set[str]:
    found = (getattr(one, "id", None) or getattr(one, "attr", None) for one in ast.walk(test))
    return {name for name in found if name}
