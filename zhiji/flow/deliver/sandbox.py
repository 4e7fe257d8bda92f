"""The small language of templates: Jinja2's syntax, with only what can't do harm.

A template prints variables, through filters, with `if` and `for`. It can't call, assign, import, reach into
Python objects, or grow: every filter's result, the number of loop turns and the whole text have a limit, so
that one bad template costs milliseconds, never the sender.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any

from django.utils.translation import gettext as _
from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from zhiji.kernel import clock

LONGEST_SOURCE = 100_000
LONGEST_OUTPUT = 300_000
LONGEST_VALUE = 20_000
MOST_TURNS = 2_000

KNOWN: dict[str, tuple[str, ...] | None] = {
    "customer": ("name", "salutation", "greeting", "gender", "city", "region", "birthday"),
    "attributes": None,
    "measures": None,
    "coupon": ("code", "name", "value", "minimum", "expires"),
    "owner": ("name",),
    "shop": ("name", "url"),
    "unsubscribe_url": (),
    "preferences_url": (),
}
"""The variables of a template and their parts; None: whatever the customer has."""

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.TemplateData,
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


class TemplateRefused(ValueError):
    """The template can't be used; the message says what to mend. `line` is where, from 1, when known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


_turns: ContextVar[int] = ContextVar("turns", default=0)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Attributes are keys of plain data only; nothing is callable; loops count their turns."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        check_tree(source)
        for loop in list(source.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        code: str = super()._generate(source, name, filename, defer_init)
        return code


def check_tree(tree: nodes.Template) -> None:
    """Refuse what the language hasn't, and variables that don't exist. Raises TemplateRefused."""
    bound = {name.name for loop in tree.find_all(nodes.For) for name in _targets(loop.target)} | {"loop"}
    for node in _walk(tree):
        problem = _problem_of(node, bound)
        if problem:
            raise TemplateRefused(problem, node.lineno)


def _problem_of(node: nodes.Node, bound: set[str]) -> str:
    if not isinstance(node, ALLOWED):
        return _("模板里不能使用“%(what)s”，只能输出变量、用 if 和 for") % {"what": type(node).__name__}
    if isinstance(node, nodes.Name) and node.name not in KNOWN and node.name not in bound:
        return _("没有变量“%(name)s”，可用的有 %(known)s") % {"name": node.name, "known": "、".join(KNOWN)}
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name not in bound:
        parts = KNOWN.get(node.node.name)
        if parts is not None and node.attr not in parts:
            told = {"name": node.node.name, "part": node.attr, "known": "、".join(parts) or "–"}
            return _("“%(name)s”没有“%(part)s”，只有 %(known)s") % told
    return ""


def _targets(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _limited(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def limited(*arguments: Any, **named: Any) -> Any:
        for value in (*arguments, *named.values()):
            if isinstance(value, str) and len(value) > LONGEST_VALUE:
                raise TemplateRefused(_("模板里的一个值太长"))
        result = function(*arguments, **named)
        if isinstance(result, str) and len(result) > LONGEST_VALUE:
            raise TemplateRefused(_("模板里的一个值太长"))
        return result

    return limited


def _counted(items: Any) -> Iterator[Any]:
    for item in items if isinstance(items, (list, tuple, dict)) else ():
        turns = _turns.get() + 1
        if turns > MOST_TURNS:
            raise TemplateRefused(_("循环超过 %(most)s 次") % {"most": MOST_TURNS})
        _turns.set(turns)
        yield item


def _join(items: Any, separator: str = "") -> str:
    texts = [str(item) for item in items] if isinstance(items, (list, tuple)) else [str(items)]
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST_VALUE:
        raise TemplateRefused(_("模板里的一个值太长"))
    return separator.join(texts)


def _money(value: Any) -> str:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    return f"¥{amount:,.2f}".removesuffix(".00")


def _day(value: Any, style: str = "") -> str:
    """年月日, or with "md" 月日, in the workspace's zone. Takes what JSON kept: an ISO text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = clock.day_of(value)
    if not isinstance(value, date):
        return ""
    return f"{value.month}月{value.day}日" if style == "md" else f"{value.year}年{value.month}月{value.day}日"


def _number(value: Any, digits: int = 0) -> str:
    try:
        return f"{Decimal(str(value)):,.{min(max(int(digits), 0), 6)}f}"
    except (ArithmeticError, ValueError):
        return str(value)


def _or(value: Any, otherwise: Any = "") -> Any:
    return value if value not in (None, "") and value else otherwise


def _button(url: Any, label: Any) -> Markup:
    """A button that mail programmes show as one."""
    return Markup(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" align="center" '
        'style="margin:28px auto"><tr><td align="center" bgcolor="#b4552d" style="border-radius:6px">'
        '<a href="{}" style="display:inline-block;padding:13px 34px;font-size:16px;line-height:20px;'
        'color:#ffffff;text-decoration:none;border-radius:6px;font-weight:600">{}</a></td></tr></table>'
    ).format(url, label)


def _card(coupon: Any) -> Markup:
    """The coupon as a card: what it is worth, its code, until when. Nothing when there is none."""
    if not isinstance(coupon, Mapping) or not coupon.get("code"):
        return Markup("")
    minimum = _money(coupon.get("minimum") or 0)
    return Markup(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="margin:24px 0;border:1px dashed #d9a07f;border-radius:10px;background:#fdf5ef"><tr>'
        '<td align="center" style="padding:22px 16px"><div style="font-size:14px;line-height:20px;color:#8a5a3f">{}'
        '</div><div style="font-size:40px;line-height:52px;font-weight:700;color:#b4552d">{}</div>'
        '<div style="font-size:13px;line-height:20px;color:#8a5a3f">{}</div>'
        '<div style="margin-top:12px;font-size:20px;line-height:28px;letter-spacing:3px;font-weight:600;color:#3d2b21;'
        'font-family:Menlo,Consolas,monospace">{}</div>'
        '<div style="margin-top:6px;font-size:13px;line-height:20px;color:#8a5a3f">有效期至 {}</div></td></tr></table>'
    ).format(
        coupon.get("name") or "优惠券",
        _money(coupon.get("value") or 0),
        f"满 {minimum} 可用" if coupon.get("minimum") not in (None, "", 0, "0", "0.00") else "无门槛",
        coupon["code"],
        _day(coupon.get("expires")),
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "default": _or,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "trim": lambda value: str(value).strip(),
    "length": lambda value: len(value) if isinstance(value, (str, list, tuple, dict)) else 0,
    "first": lambda value: next(iter(value), "") if isinstance(value, (list, tuple)) else str(value)[:1],
    "truncate": lambda value, length=60: str(value)[: int(length)],
    "join": _join,
    "money": _money,
    "day": _day,
    "number": _number,
    "escape": escape,
    "e": escape,
    "button": _button,
    "coupon_card": _card,
}
TESTS = ("defined", "undefined", "none", "eq", "ne", "gt", "ge", "lt", "le", "in", "number", "string")


def _environment(html: bool) -> _Sandbox:
    environment = _Sandbox(autoescape=html, trim_blocks=True, lstrip_blocks=True, cache_size=0)
    environment.globals.clear()
    environment.filters = {name: _limited(function) for name, function in FILTERS.items()}
    environment.filters["counted"] = _counted
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


_environments = {True: _environment(html=True), False: _environment(html=False)}


@lru_cache(maxsize=512)
def _compiled(source: str, html: bool) -> Any:
    if len(source) > LONGEST_SOURCE:
        raise TemplateRefused(_("模板太长：最多 %(most)s 个字符") % {"most": LONGEST_SOURCE})
    try:
        return _environments[html].from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateRefused(_("模板写法有误：%(why)s") % {"why": error.message}, error.lineno) from error
    except (TemplateError, RecursionError, ValueError) as error:
        if isinstance(error, TemplateRefused):
            raise
        raise TemplateRefused(_("模板写法有误：%(why)s") % {"why": error}) from error


def render(source: str, variables: Mapping[str, Any], *, html: bool) -> str:
    """Fill in a template. Raises TemplateRefused with what to mend, whatever the template tries."""
    template = _compiled(source, html)
    _turns.set(0)
    parts: list[str] = []
    size = 0
    try:
        for part in template.generate(**variables):
            size += len(part)
            if size > LONGEST_OUTPUT:
                raise TemplateRefused(_("填好的邮件太长"))
            parts.append(part)
    except TemplateRefused:
        raise
    except Exception as error:  # whatever a template does must not stop the sender
        raise TemplateRefused(_("填写模板时出错：%(why)s") % {"why": error}) from error
    return "".join(parts)


def names_used(sources: Iterable[str]) -> set[str]:
    """The top-level variables these templates read."""
    used: set[str] = set()
    for source in sources:
        tree = _environments[True].parse(source)
        used |= {node.name for node in tree.find_all(nodes.Name)} & KNOWN.keys()
    return used
