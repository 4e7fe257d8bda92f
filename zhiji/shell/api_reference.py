"""The OpenAPI description as a page needs it: operations by subject, with their parameters and shapes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
COLOURS = {"get": "blue", "post": "green", "put": "orange", "patch": "orange", "delete": "red"}


@dataclass(frozen=True)
class Field:
    """A parameter or a property: its name, type in words, whether it must be given, what it means."""

    name: str
    type: str
    required: bool
    meaning: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    """One call: method and path, what it does, what it takes (`parameters`, `body`) and gives (`answer`)."""

    method: str
    colour: str
    path: str
    title: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: str
    answer_fields: tuple[Field, ...]


def by_subject(schema: Mapping[str, Any]) -> list[tuple[str, list[Operation]]]:
    """Every operation under its first tag, in the order of the description."""
    subjects: dict[str, list[Operation]] = defaultdict(list)
    for path, calls in schema.get("paths", {}).items():
        for method in METHODS:
            if method in calls:
                call = calls[method]
                subjects[(call.get("tags") or ["other"])[0]].append(_operation(schema, path, method, call))
    return list(subjects.items())


def _operation(schema: Mapping[str, Any], path: str, method: str, call: Mapping[str, Any]) -> Operation:
    parameters = tuple(
        Field(
            one["name"],
            _type(one.get("schema", {})),
            bool(one.get("required")),
            one.get("description", "") or one.get("schema", {}).get("description", ""),
            one.get("in", ""),
        )
        for one in call.get("parameters", ())
    )
    body = _content(call.get("requestBody", {}))
    answers = [_content(answer) for code, answer in call.get("responses", {}).items() if str(code).startswith("2")]
    answer = next((one for one in answers if one), {})
    return Operation(
        method.upper(),
        COLOURS[method],
        path,
        call.get("summary", ""),
        call.get("description", ""),
        parameters,
        _fields(schema, body),
        _type(answer) if answer else "",
        _fields(schema, answer),
    )


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    for described in part.get("content", {}).values():
        found: Mapping[str, Any] = described.get("schema", {})
        return found
    return {}


def _fields(schema: Mapping[str, Any], shape: Mapping[str, Any]) -> tuple[Field, ...]:
    shape = _resolved(schema, shape.get("items", shape) if shape.get("type") == "array" else shape)
    required = set(shape.get("required", ()))
    return tuple(
        Field(name, _type(part), name in required, part.get("description", ""))
        for name, part in shape.get("properties", {}).items()
    )


def _resolved(schema: Mapping[str, Any], shape: Mapping[str, Any]) -> Mapping[str, Any]:
    name = shape.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = schema.get("components", {}).get("schemas", {}).get(name, {}) if name else shape
    return found


def _type(shape: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rpartition("/")[2]
    if shape.get("type") == "array":
        return f"[{_type(shape.get('items', {}))}]"
    for choice in ("anyOf", "oneOf"):
        if choice in shape:
            return " | ".join(dict.fromkeys(_type(part) for part in shape[choice]))
    if "allOf" in shape:
        return _type(shape["allOf"][0])
    if "enum" in shape:
        return " | ".join(map(str, shape["enum"]))
    return str(shape.get("format") or shape.get("type") or "any")
