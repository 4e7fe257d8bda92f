"""A template's tree: what is in it is checked, and every variable that it prints is made to tell when it is empty."""

from collections.abc import Iterator

from jinja2 import nodes

from zhiji.flow.deliver.sandbox.filters import FILTERS
from zhiji.flow.deliver.sandbox.known import KNOWN
from zhiji.flow.deliver.sandbox.refusal import Refused

MOST_BLOCKS = 10
"""`if` and `for` within each other; Python itself takes 20 loops."""
MOST_DEPTH = 40
"""Of one expression, filters after each other included."""
MOST_NODES = 3_000
"""Parts of a template; ordinary letters have fewer than 200."""

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)
TAKE_GROUPS = ("coupon_card", "length")
"""The filters to which a whole variable with parts may be given, such as `coupon`."""


def check(tree: nodes.Template) -> None:
    """Refuse what the language hasn't, what is nested too deep, and variables that don't exist. Raises Refused."""
    bound = {name.name for loop in tree.find_all(nodes.For) for name in _targets(loop.target)} | {"loop"}
    for count, (node, blocks, depth) in enumerate(_walk(tree)):
        if blocks > MOST_BLOCKS or depth > MOST_DEPTH:
            raise Refused("nested", node.lineno, blocks=MOST_BLOCKS, depth=MOST_DEPTH)
        if count > MOST_NODES:
            raise Refused("many_parts", node.lineno, most=MOST_NODES)
        _check_node(node, bound)


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int, int]]:
    """Every node with the blocks and the parts of an expression around it. Without recursion, however deep."""
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, blocks, depth = waiting.pop()
        yield node, blocks, depth
        blocks += isinstance(node, nodes.If | nodes.For)
        depth = depth + 1 if isinstance(node, nodes.Expr) else 0
        waiting += [(child, blocks, depth) for child in node.iter_child_nodes()]


def _check_node(node: nodes.Node, bound: set[str]) -> None:
    if not isinstance(node, ALLOWED):
        raise Refused("not_allowed", node.lineno, what=type(node).__name__)
    if isinstance(node, nodes.Name) and node.name not in KNOWN and node.name not in bound:
        raise Refused("unknown_variable", node.lineno, name=node.name, known=list(KNOWN))
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise Refused("unknown_filter", node.lineno, name=node.name, known=[one for one in FILTERS if one != "e"])
    part = _part_of(node)
    if part is None or not isinstance(node, nodes.Getattr | nodes.Getitem):
        return
    if part.startswith("_"):
        raise Refused("hidden", node.lineno, part=part)
    if isinstance(node.node, nodes.Name) and node.node.name not in bound:
        parts = KNOWN.get(node.node.name)
        if parts is not None and part not in parts:
            raise Refused("unknown_part", node.lineno, name=node.node.name, part=part, known=list(parts))


def _targets(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)


def _part_of(node: nodes.Node) -> str | None:
    """The part that is taken of a variable: `.code` or `["code"]`."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
    return None


def path_of(node: nodes.Node) -> str:
    """`coupon.code` of an expression that names a variable, "" of another."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        before, part = path_of(node.node), _part_of(node)
        return f"{before}.{part if part is not None else '…'}" if before else ""
    return ""


def mark(tree: nodes.Template) -> None:
    """Let each printed variable go through the filter `needed`, which notes an empty one by its name.

    Not where the template says what to do then: behind `default` with a text, or in `a if b else c`.
    """
    for output in list(tree.find_all(nodes.Output)):
        output.nodes = [_needed_whole(one) if not isinstance(one, nodes.TemplateData) else one for one in output.nodes]


def _needed_whole(expression: nodes.Expr) -> nodes.Expr:
    marked = _needed(expression)
    inner = next((path for one in (expression, *expression.find_all(nodes.Expr)) if (path := path_of(one))), "")
    return _noting(marked, inner) if inner and not _has_default(expression) else marked


def _needed(node: nodes.Expr, under: str = "") -> nodes.Expr:
    """The expression with the variables in it marked whose emptiness would show. `under`: the filter around it."""
    if path := path_of(node):
        if path in KNOWN and KNOWN[path] != () and under not in TAKE_GROUPS:
            raise Refused("whole_group", node.lineno, name=path, known=list(KNOWN[path] or ()))
        return node if under == "length" else _noting(node, path)
    if isinstance(node, nodes.Filter) and node.name == "default" and node.node is not None:
        path = next((path for one in (node.node, *node.node.find_all(nodes.Expr)) if (path := path_of(one))), "")
        said = all(isinstance(one, nodes.Const) for one in node.args)
        return node if said or not path else _noting(node, path, soft=True)
    if isinstance(node, nodes.Filter) and node.node is not None:
        inner, given = _needed(node.node, node.name), [_needed(one) for one in node.args]
        return nodes.Filter(inner, node.name, given, node.kwargs, None, None, lineno=node.lineno)
    if isinstance(node, nodes.CondExpr):
        otherwise = _needed(node.expr2) if node.expr2 is not None else None
        return nodes.CondExpr(node.test, _needed(node.expr1), otherwise, lineno=node.lineno)
    return node


def _noting(node: nodes.Expr, path: str, *, soft: bool = False) -> nodes.Expr:
    """`soft`: something else may stand in for it, so that only filling in tells whether there is a hole."""
    told: list[nodes.Expr] = [nodes.Const(path), nodes.Const(soft)]
    return nodes.Filter(node, "needed", told, [], None, None, lineno=node.lineno)


def _has_default(node: nodes.Expr) -> bool:
    """Whether the expression says itself what stands there when it is empty."""
    if isinstance(node, nodes.CondExpr):
        return True
    return isinstance(node, nodes.Filter) and (
        node.name in ("default", "length") or (node.node is not None and _has_default(node.node))
    )


def needs(tree: nodes.Template) -> set[str]:
    """What a marked template prints outside any `if` or `for` that asks for the same variable: broken without it."""
    found: set[str] = set()
    waiting: list[tuple[nodes.Node, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, asked = waiting.pop()
        if isinstance(node, nodes.If | nodes.CondExpr):
            tests = [node.test, *(one.test for one in getattr(node, "elif_", ()))]
            asked |= {root for test in tests for root in _roots(test)}
        elif isinstance(node, nodes.For):
            asked |= _roots(node.iter)
        elif isinstance(node, nodes.Filter) and node.name == "needed":
            path, soft = (one.value for one in node.args if isinstance(one, nodes.Const))
            if not soft and path.partition(".")[0] in KNOWN.keys() - asked:
                found.add(path)
        waiting += [(child, asked) for child in node.iter_child_nodes()]
    return found


def _roots(node: nodes.Node) -> frozenset[str]:
    return frozenset(one.name for one in (node, *node.find_all(nodes.Name)) if isinstance(one, nodes.Name))
