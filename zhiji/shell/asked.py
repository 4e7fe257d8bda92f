"""What the API is asked, looked at in one place before a view sees it: nothing unknown, nothing twice, in words.

A body is read strictly (`kernel.given`), a parameter that the call doesn't have is refused with the nearest one, and
what doesn't fit is told in the reader's language with its place.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, get_args

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import ValidationErrorContext
from ninja.parser import Parser
from pydantic import BaseModel

from zhiji.flow.segment.conditions.mistakes import nearest
from zhiji.kernel.given import check_text, read
from zhiji.kernel.listing import one_after_another

LONGEST = 2_000
"""Characters of a parameter; a cursor is the longest of them."""
Place = tuple[int | str, ...]
View = Callable[..., Any]
REASONS: dict[str, str | Promise] = {
    "missing": _("缺少“{name}”"),
    "int_parsing": _("应是一个整数"), "int_type": _("应是一个整数"), "int_from_float": _("应是一个整数"),
    "float_parsing": _("应是一个数字"), "float_type": _("应是一个数字"),
    "decimal_parsing": _("应是一个数字"), "decimal_type": _("应是一个数字"), "finite_number": _("应是一个数字"),
    "decimal_max_places": _("最多 {decimal_places} 位小数"), "decimal_max_digits": _("最多 {max_digits} 位数字"),
    "decimal_whole_digits": _("整数部分最多 {whole_digits} 位"),
    "bool_parsing": _("应是 true 或 false"), "bool_type": _("应是 true 或 false"),
    "string_type": _("应是一段文字"), "list_type": _("应是一个列表"), "dict_type": _("应是一个对象"),
    "model_type": _("应是一个对象"), "model_attributes_type": _("应是一个对象"),
    "string_too_long": _("最多 {max_length} 个字"), "string_too_short": _("至少 {min_length} 个字"),
    "string_pattern_mismatch": _("写法应符合 {pattern}"),
    "too_long": _("最多 {max_length} 项"), "too_short": _("至少 {min_length} 项"),
    "greater_than": _("应大于 {gt}"), "greater_than_equal": _("不能小于 {ge}"),
    "less_than": _("应小于 {lt}"), "less_than_equal": _("不能大于 {le}"),
    "literal_error": _("可用的有 {expected}"), "enum": _("可用的有 {expected}"),
    "date_parsing": _("应是日期，例如 2026-05-03"), "date_type": _("应是日期，例如 2026-05-03"),
    "date_from_datetime_parsing": _("应是日期，例如 2026-05-03"),
    "date_from_datetime_inexact": _("应是日期，例如 2026-05-03"),
    "datetime_parsing": _("应是时刻，例如 2026-05-03T08:00:00+08:00"),
    "datetime_from_date_parsing": _("应是时刻，例如 2026-05-03T08:00:00+08:00"),
    "datetime_type": _("应是时刻，例如 2026-05-03T08:00:00+08:00"),
}  # fmt: skip


class Misasked(ValueError):
    """A call whose parameters or body won't do. `path` and `reason` are the first problem's, `hint` what was meant."""

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        super().__init__(problems)
        self.problems = problems
        self.path, self.reason, self.hint = problems[0]

    def __str__(self) -> str:
        return one_after_another(
            f"{path}: {reason}" + (f" ({hint})" if hint else "") for path, reason, hint in self.problems
        )


class StrictBody(Parser):
    """Reads a body strictly."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read(request.body)


class Api(NinjaAPI):
    """The API; `strictly` is asked of every call in it."""

    def __init__(self, **given: Any) -> None:
        super().__init__(parser=StrictBody(), **given)
        self.add_decorator(strictly)

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext[Any]]) -> Any:
        """What pydantic says of a call, in words."""
        found = []
        for context in error_contexts:
            for error in context.pydantic_validation_error.errors(include_url=False):
                found.append(_told(context.model, error))
        return Misasked(found)


def strictly(view: View) -> View:
    """The view, asked only with parameters that it has and with texts that a database keeps."""
    operation: Any = view._ninja_operation  # type: ignore[attr-defined]
    takes = [name for model in operation.models for name in getattr(model, "__ninja_flatten_map__", ())]
    extra = (operation.openapi_extra or {}).get("parameters", ())
    known = {*takes, *(one["name"] for one in extra)}
    within = {one["name"] for one in extra if one.get("style") == "deepObject"}
    bodies = any(model.__ninja_param_source__ == "body" for model in operation.models)

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **values: Any) -> Any:
        for name, texts in request.GET.lists():
            if not (name[:-1].partition("[")[0] in within if name.endswith("]") else name in known - within):
                raise Misasked([(name[:100], str(_("没有参数“{name}”")).format(name=name[:100]), _near(name, known))])
            for text in (name, *texts):
                check_text(text, name[:100], LONGEST)
        for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
            check_text(str(value), name, LONGEST)
        if not bodies and request.content_type == "application/json" and request.body and read(request.body):
            raise Misasked([("$", str(_("这个调用不带正文")), "")])
        return view(request, *given, **values)

    return asked


def _told(model: Any, error: Any) -> tuple[str, str, str]:
    """(place, reason, hint) of what pydantic found."""
    kind, context = error["type"], error.get("ctx", {})
    place = model.__ninja_flatten_map_reverse__.get(error["loc"], error["loc"])
    if getattr(model, "__read_from_single_attr__", None) or model.__ninja_param_source__ == "body":
        place = place[1:]
    name = str(place[-1]) if place else ""
    path = _path(place)
    if kind == "extra_forbidden":
        return path, str(_("没有字段“{name}”")).format(name=name[:100]), _near(name, _fields(model, error["loc"][:-1]))
    template = REASONS.get(kind)
    reason = str(template).format(name=name, **context) if template else str(error["msg"])
    return path, reason, ""


def _path(place: Place) -> str:
    told = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
    return told.removeprefix(".")[:200] or "$"


def _near(name: str, known: Iterable[str]) -> str:
    return str(nearest(name[:100], known))


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    """The names of the fields of the object that lies at a place of a model."""
    found: list[type[BaseModel]] = [model]
    for step in place:
        if isinstance(step, int):
            continue
        found = [
            inner for one in found if step in one.model_fields for inner in _models(one.model_fields[step].annotation)
        ]
    return [field.alias or name for one in found for name, field in one.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _models(part)]
