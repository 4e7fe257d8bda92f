"""Budgets and habits that a script can check; see docs/STYLE.md for why.

    python scripts/budgets.py            report what is over, fail if there is any
    python scripts/budgets.py --shrink   lower the known offenders' figures to what they are now

`scripts/budgets.txt` lists known offenders with their size, `path[::function] lines` a line; they may only shrink.
`scripts/excused.txt` holds findings of habits that have a reason, each below its reason.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWN = ROOT / "scripts/budgets.txt"
EXCUSED = ROOT / "scripts/excused.txt"
FILE_LINES, FUNCTION_LINES = 300, 40
FORBIDDEN = {"utils", "helpers", "common", "core", "base", "services", "managers", "misc"}
CUSTOMER_KEYS = {"ForeignKey", "OneToOneField"}
WRITES = {"create", "save", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    known = _known()
    sizes: dict[str, int] = {}
    problems: list[str] = []
    excused = {line.strip() for line in EXCUSED.read_text("utf-8").splitlines() if line and line[0] != "#"}
    for path in _sources():
        place = str(path.relative_to(ROOT))
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            tree = ast.parse(text)
            sizes.update({f"{place}::{name}": lines for name, lines in _long_functions(tree)})
            problems += [f"{place}: {problem}" for problem in _habits(path, tree)]
        if (lines := text.count("\n")) > FILE_LINES:
            sizes[place] = lines
        problems += _bad_name(path)
    if "--shrink" in sys.argv:
        kept = {thing: min(lines, known[thing]) for thing, lines in sorted(sizes.items()) if thing in known}
        KNOWN.write_text("".join(f"{thing} {lines}\n" for thing, lines in kept.items()), "utf-8")
        known = kept
    habits = {problem for problem in problems if problem in excused}
    problems = [problem for problem in problems if problem not in excused]
    problems += [f"scripts/excused.txt excuses what isn't so any more: {line}" for line in excused - habits]
    problems += _over(sizes, known)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _over(sizes: dict[str, int], known: dict[str, int]) -> Iterator[str]:
    for thing, lines in sorted(sizes.items()):
        most = FUNCTION_LINES if "::" in thing else FILE_LINES
        if thing not in known:
            yield f"{thing}: {lines} lines, {most} are allowed; split it by subject"
        elif lines > known[thing]:
            yield f"{thing}: {lines} lines; a known offender may only shrink, and it had {known[thing]}"
    for thing, lines in known.items():
        if thing not in sizes:
            yield f"{thing} is no offender any more: take it off scripts/budgets.txt (--shrink does)"
        elif sizes[thing] < lines:
            yield f"{thing} has shrunk to {sizes[thing]} lines: say so in scripts/budgets.txt (--shrink does)"


def _sources() -> Iterator[Path]:
    for folder in ("zhiji", "bench", "scripts"):
        for path in sorted((ROOT / folder).rglob("*")):
            if {"migrations", "vendor", "node_modules", "__pycache__"} & set(path.parts):
                continue
            if path.suffix in {".py", ".js", ".css", ".html"}:
                yield path


def _known() -> dict[str, int]:
    if not KNOWN.exists():
        return {}
    pairs = (line.rsplit(" ", 1) for line in KNOWN.read_text("utf-8").splitlines() if line.strip())
    return {thing: int(lines) for thing, lines in pairs}


def _bad_name(path: Path) -> Iterator[str]:
    relative = path.relative_to(ROOT)
    for part in (*relative.parts[:-1], relative.stem):
        if part in FORBIDDEN:
            yield f"{relative}: nothing is called {part!r}; name it for its subject"


def _long_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            if lines > FUNCTION_LINES:
                yield node.name, lines


def _habits(path: Path, tree: ast.Module) -> Iterator[str]:
    yield from _keys_to_the_customer(tree)
    if path.name == "actions.py" or path.parent.name == "actions":
        yield from _actions(tree)
    if path.name.startswith("test_") and not _asserts(tree):
        yield "a test file that asserts nothing"


def _keys_to_the_customer(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _name(node.func) not in CUSTOMER_KEYS:
            continue
        given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "to")]
        target = given[0] if given else None
        text = target.value if isinstance(target, ast.Constant) else _name(target)
        related = [keyword.value for keyword in node.keywords if keyword.arg == "related_name"]
        plain = related and isinstance(related[0], ast.Constant) and related[0].value == "+"
        if text in {"Customer", "resolve.Customer"} and not plain:
            yield f'line {node.lineno}: a key to the customer needs related_name="+"; the customer stays small'


def _actions(tree: ast.Module) -> Iterator[str]:
    """A public function that writes takes `by` and leaves an audit line, itself or by an action it hands `by` to."""
    functions = {node.name: node for node in tree.body if isinstance(node, Function)}
    audited = _reaching(functions, {name for name, node in functions.items() if _leaves_a_line(node)})
    writing = _reaching(functions, {name for name, node in functions.items() if _called(node) & WRITES})
    for name, node in functions.items():
        if name.startswith("_"):
            continue
        takes_by = "by" in {argument.arg for argument in node.args.kwonlyargs}
        if not takes_by and name in writing:
            yield f"{name} writes and takes no keyword-only `by`"
        if takes_by and name not in audited:
            yield f"{name} leaves no audit line"


def _reaching(functions: dict[str, Function], found: set[str]) -> set[str]:
    """The functions of the module that are in `found` or call one that is, at any depth."""
    while more := {name for name, node in functions.items() if name not in found and _called(node) & found}:
        found |= more
    return found


def _leaves_a_line(node: Function) -> bool:
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    hands_on = any(keyword.arg == "by" for call in calls for keyword in call.keywords if _name(call.func) != "require")
    return hands_on or any(_name(call.func) == "audit" for call in calls)


def _asserts(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _name(node.func) in {"raises", "fail"})
        for node in ast.walk(tree)
    )


def _called(node: ast.AST) -> set[str]:
    return {_name(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


if __name__ == "__main__":
    sys.exit(main())
