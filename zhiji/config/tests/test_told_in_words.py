"""What is raised at people is in their words: in Chinese with its English, never a developer's literal."""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import override
from ninja.errors import HttpError

from zhiji.access.limits import TooOften
from zhiji.access.models import Role, User
from zhiji.access.roles import Forbidden, MayNot
from zhiji.kernel import misshapen

PACKAGE = Path(settings.BASE_DIR)
PARTS = ("access", "flow", "desks", "shell", "kernel/values", "kernel/given.py", "config/api.py")
REACH_PEOPLE = (ValueError, ValidationError, HttpError, Forbidden, TooOften)
TRANSLATED = {"_", "gettext", "gettext_lazy", "pgettext", "ngettext", "label"}


def sources() -> Iterator[tuple[str, Path]]:
    """(module, file) of everything whose errors pages and API show."""
    for part in PARTS:
        for file in sorted((PACKAGE / part).rglob("*.py")) if (PACKAGE / part).is_dir() else [PACKAGE / part]:
            if not {"tests", "migrations"} & set(file.parts):
                parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def named(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def bare(node: ast.expr) -> Iterator[str]:
    """Sentences that stand in an expression untranslated; names and codes of one word are none."""
    match node:
        case ast.Call(func=func) if named(func) in TRANSLATED:
            return
        case ast.Constant(value=str(text)) if (" " in text.strip() and text[:1] not in "[{") or any(
            "\u4e00" <= one <= "\u9fff" for one in text
        ):
            yield text
        case ast.BinOp(op=ast.Mod()):
            yield from bare(node.left)
        case _:
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr | ast.keyword):
                    yield from bare(part.value if isinstance(part, ast.keyword) else part)


def reaches_people(error: ast.expr, names: Mapping[str, Any]) -> bool:
    kind = names.get(named(error), getattr(builtins, named(error), None))
    return isinstance(kind, type) and issubclass(kind, REACH_PEOPLE)


def untranslated(tree: ast.AST, names: Mapping[str, Any]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and reaches_people(node.exc.func, names):
            told = [*node.exc.args, *(one.value for one in node.exc.keywords)]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            told = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "detail"]
        else:
            continue
        for one in told:
            yield from (f"line {node.lineno}: {text}" for text in bare(one))


def test_no_error_that_reaches_a_person_is_an_untranslated_literal() -> None:
    wrong = {}
    for module, file in sources():
        if said := list(untranslated(ast.parse(file.read_text()), vars(import_module(module)))):
            wrong[module] = said
    assert wrong == {}


@pytest.mark.parametrize(
    "code",
    [
        "raise MayNot('this view is not yours')",
        "raise ValueError(f'no such theme: {theme}')",
        "raise HttpError(404, '没有')",
        "answer(404, {'detail': 'no such template'})",
    ],
)
def test_a_developers_literal_would_be_found(code: str) -> None:
    assert list(untranslated(ast.parse(code), globals()))
    assert not list(untranslated(ast.parse(re.sub(r"f?('[^']* [^']*'|'没有')", r"_(\1)", code)), globals()))


def test_a_refusal_says_who_may_not_what_and_whom_to_ask() -> None:
    refused: Forbidden = MayNot(User(role=Role.SERVICE), "rules:write")
    assert str(refused) == "您的角色（客服）不能编辑联动规则；请找管理员。"
    with override("en"):
        assert str(MayNot(User(role=Role.SERVICE), "rules:write")) == (
            "Your role (Service) may not edit rules; please ask an administrator."
        )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Expected `int`, got `str` - at `$.days`", "$.days：应是整数，不是文字"),
        ("Expected `int` >= 1 - at `$.days`", "$.days：应 ≥ 1"),
        ("Expected `int | null`, got `str`", "应是整数 或 空值，不是文字"),
        ("Object missing required field `days`", "缺少“days”"),
        ("Object contains unknown field `x` - at `$.where[...]`", "$.where[...]：没有“x”这一项，请去掉"),
        ("Invalid value 'z' - at `$.kind`", "$.kind：没有 'z' 这种写法"),
        ("Something of the next version", "写法读不懂，请对照说明改写"),
    ],
)
def test_what_a_decoder_says_is_told_in_words(said: str, words: str) -> None:
    assert misshapen.words(said) == words
