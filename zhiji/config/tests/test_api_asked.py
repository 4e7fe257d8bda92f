"""What the API is asked: unknown fields, unreadable texts, keys given twice are refused by every call, in words."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.test import Client
from pydantic import BaseModel

from zhiji.access.models import User
from zhiji.config.api import api
from zhiji.config.tests.house import BUYERS, bearer

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "patch", "put", "delete")


def calls() -> Iterator[tuple[str, str, Any]]:
    """(method, path, description) of every call."""
    for path, verbs in api.get_openapi_schema()["paths"].items():
        for method in METHODS:
            if method in verbs:
                yield method, path, verbs[method]


CALLS = list(calls())
JSON = "application/json"  # a picture comes as a form
BODIES = [(method, path) for method, path, told in CALLS if JSON in told.get("requestBody", {}).get("content", {})]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "1", path)


@pytest.fixture
def ask(alice: User):  # type: ignore[no-untyped-def]
    client = Client(headers=bearer(alice), raise_request_exception=False)

    def call(method: str, path: str, body: str | bytes = b"", **headers: str):  # type: ignore[no-untyped-def]
        return client.generic(method.upper(), path, body, content_type="application/json", headers=headers)

    return call


def models(annotation: Any, found: dict[str, set[type[BaseModel]]]) -> None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in found.setdefault(annotation.__name__, set()):
            return
        found[annotation.__name__].add(annotation)
        for field in annotation.model_fields.values():
            models(field.annotation, found)
    for part in get_args(annotation):
        models(part, found)


def test_every_shape_has_a_name_of_its_own() -> None:
    """Else the description says of one call what another takes."""
    found: dict[str, set[type[BaseModel]]] = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for one in view.operations:
                for model in [*one.models, *(one for one in one.response_models.values() if isinstance(one, type))]:
                    for field in model.model_fields.values():
                        models(field.annotation, found)
    assert len(found) > 40
    assert {name: classes for name, classes in found.items() if len(classes) > 1} == {}


def test_every_body_is_described_as_closed() -> None:
    schemas = api.get_openapi_schema()["components"]["schemas"]

    def referred(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                name = part["$ref"].rpartition("/")[2]
                yield name
                yield from referred(schemas[name])
            for one in part.values():
                yield from referred(one)
        if isinstance(part, list):
            for one in part:
                yield from referred(one)

    names = {name for _method, _path, told in CALLS for name in referred(told.get("requestBody", {}))}
    assert len(names) > 15
    assert [name for name in sorted(names) if schemas[name].get("additionalProperties") is not False] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path, told in CALLS if "requestBody" not in told or (method, path) in BODIES],
)
def test_a_parameter_that_isnt_known_is_refused_by_name(ask: Any, method: str, path: str) -> None:
    known = next(told for verb, where, told in CALLS if (verb, where) == (method, path)).get("parameters", ())
    needed = [one for one in known if one["in"] == "query" and one["required"]]
    query = "&".join(f"{one['name']}={'on' if 'enum' in one['schema'] else 1}" for one in needed)
    body = "{}" if (method, path) in BODIES else ""
    answer = ask(method, f"{filled(path)}?{query}&nonsense=1", body)
    if (method, path) in BODIES and answer.json().get("path") != "nonsense":
        assert answer.status_code == 422  # the body lacks what it needs; that is told first
    else:
        assert (answer.status_code, answer.json()["path"]) == (422, "nonsense"), answer.content


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"nonsense": 1}', "没有字段“nonsense”"),
        ('{"a": 1, "a": 2}', "“a”写了两次"),
        ('{"a": "x\\u0000"}', "空字符"),
        ('{"a\\u0000": "x"}', "空字符"),
        ('{"a": "\\ud800"}', "半个代理对"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e999999999}', "太大或太长"),
        ('{"a": 1' + "0" * 5000 + "}", "太大或太长"),
        ("[" * 100_000, "嵌套太深"),
        ('{"a": "' + "x" * 200_000 + '"}', "最多 100000 个字"),
        ('{"a": ', "不是有效的 JSON"),
    ],
)
def test_a_body_that_wont_do_is_refused_in_words(ask: Any, method: str, path: str, body: str, said: str) -> None:
    answer = ask(method, filled(path), body)
    assert answer.status_code == 422 and said in answer.json()["detail"], answer.content


def places() -> Iterator[tuple[str, str, str]]:
    """Every text in an address: (method, path, name)."""
    for method, path, told in CALLS:
        for one in told.get("parameters", ()):
            yield method, path, one["name"]


@pytest.mark.parametrize(("method", "path", "name"), places())
@pytest.mark.parametrize("text", ["%00", "a%00b", "%ED%A0%80", "x" * 5000], ids=["nul", "nul inside", "half", "long"])
def test_no_text_in_an_address_is_a_server_error(ask: Any, method: str, path: str, name: str, text: str) -> None:
    inside = "{" + name + "}" in path
    address = filled(path.replace("{" + name + "}", text)) + ("" if inside else f"?{name}={text}")
    answer = ask(method, address)
    assert answer.status_code < 500, answer.content
    if text != "%ED%A0%80":
        assert answer.status_code in (404, 422), answer.content


def test_what_was_meant_is_named(ask: Any) -> None:
    answer = ask("get", "/api/customers?regoin=浙江").json()
    assert (answer["path"], answer["hint"]) == ("regoin", "是不是“region”？")
    tried = {"key": "a", "name": "a", "classes": [{"key": "a", "name": "a", "colur": "red"}]}
    answer = ask("post", "/api/schemes", json.dumps(tried)).json()
    assert (answer["path"], answer["hint"]) == ("classes[0].colur", "是不是“colour”？")
    english = ask("post", "/api/schemes", json.dumps(tried), **{"Accept-Language": "en"}).json()
    assert english["reason"] == "there is no field “colur” here"


@pytest.mark.parametrize(
    ("query", "path", "reason"),
    [
        ("size=0", "size", "不能小于 1"),
        ("size=x", "size", "应是一个整数"),
        ("sort=x", "sort", "写法应符合"),
        ("amount_365d_min=1e-999999x", "amount_365d_min", "应是一个数字"),
        ("amount_365d_min=1e-999999", "amount_365d_min", "应是一个数字"),
        ("amount_365d_min=1e999999999", "amount_365d_min", "应是一个数字"),
        ("last_seen_in=0", "last_seen_in", "应是 1 到 36500 天"),
    ],
)
def test_a_parameter_that_cant_be_read_is_told_in_words(ask: Any, query: str, path: str, reason: str) -> None:
    answer = ask("get", f"/api/customers?{query}")
    assert (answer.status_code, answer.json()["path"]) == (422, path) and reason in answer.json()["reason"]


def test_a_call_that_takes_no_body_refuses_one(ask: Any) -> None:
    assert ask("post", "/api/rules/x/switch?to=on", '{"to": "off"}').status_code == 422


def test_a_text_that_is_longer_than_its_field_is_refused(ask: Any) -> None:
    answer = ask("post", "/api/segments", json.dumps({"key": "k" * 51, "name": "a", "condition": BUYERS}))
    assert (answer.status_code, answer.json()["path"], answer.json()["reason"]) == (422, "key", "最多 50 个字")
