"""What the code of our apps writes down in the audit and asks of roles, read from the source: all of it has words."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from zhiji.access.roles import Permission, permissions
from zhiji.access.words import words_of
from zhiji.kernel.registry import withheld

AUDITS, ASKS = {"audit", "audit_limited"}, {"may", "require", "scoped", "NavItem", "Panel"}
CALLED = re.compile(rf"\b(?:{'|'.join(sorted(AUDITS | ASKS))})\(")
FACT, PERMISSION = re.compile(r"[a-z]+(_[a-z]+)+"), re.compile(r"[a-z_]+:[a-z_]+")


def unsaid(folders: Iterable[Path]) -> Iterator[str]:
    """What the apps in these folders say or ask that nobody offers, a line each."""
    known = {*permissions(), *(one.name for _desk, one in withheld(Permission))}
    for folder in folders:
        for path, module in modules(folder):
            for one in sorted(_asked(module) - known):
                yield f"{path}: no app offers the permission “{one}”"
            for verb in sorted(verbs(module) - words_of("verbs").keys()):
                yield f"{path}: no app offers words for the audit's verb “{verb}”"


def modules(folder: Path) -> list[tuple[Path, ast.Module]]:
    """The modules of an app that may have such calls."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        if not {"tests", "migrations"} & set(inside) and CALLED.search(text := path.read_text("utf-8")):
            found.append((path, ast.parse(text)))
    return found


def _calls(module: ast.Module, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
            yield node


def verbs(module: ast.Module) -> set[str]:
    """The verbs that a module's calls of `audit` say."""
    found: set[str] = set()
    for call in _calls(module, AUDITS):
        first = call.args[0]
        if isinstance(first, ast.Call):  # the fact's name in words: every name that the file hands on
            found |= {name.replace("_", " ") for name in _handed_on(module)}
        elif isinstance(first, ast.Name):  # a name of the file's own, or the caller's, which is found by itself
            values = (one.value for one in module.body if isinstance(one, ast.Assign) and _names(one, first.id))
            found |= {text for value in values for text in _texts(value)}
        else:
            found |= _texts(first)
    return found


def _asked(module: ast.Module) -> set[str]:
    given = (one for call in _calls(module, ASKS) for one in (*call.args, *(word.value for word in call.keywords)))
    return {text for text in _plain(given) if PERMISSION.fullmatch(text)}


def _handed_on(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("_"):
            yield from (text for text in _plain(node.args) if FACT.fullmatch(text))


def _plain(given: Iterable[ast.expr]) -> Iterator[str]:
    return (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _names(one: ast.Assign, name: str) -> bool:
    return any(isinstance(to, ast.Name) and to.id == name for to in one.targets)


def _texts(node: ast.expr) -> set[str]:
    return set(_plain(one for one in ast.walk(node) if isinstance(one, ast.expr)))
