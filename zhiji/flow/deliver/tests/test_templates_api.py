"""A program makes and changes templates, with the checks that the page makes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.config.tests.house import bearer
from zhiji.flow.deliver.models import Template, TemplateVersion

pytestmark = pytest.mark.django_db
GIVEN = {"key": "hello", "name": "问候", "purpose": "service", "subject": "您好", "html": "<p>{{ customer.name }}</p>"}
Call = Callable[..., Any]


@pytest.fixture
def call(client: Client, house: object, mark: User) -> Call:
    def make(method: str, path: str, body: Any, user: User = mark) -> Any:
        said = {"headers": {**bearer(user), "Accept-Language": "zh-hans"}, "content_type": "application/json"}
        return getattr(client, method)(f"/api/{path}", body, **said)

    return make


def test_a_template_is_made_and_each_changed_wording_is_a_version(call: Call) -> None:
    made = call("post", "templates", GIVEN)
    assert made.status_code == 201 and made.json() | GIVEN == made.json() and made.json()["version"] == 1
    assert call("patch", "templates/hello", {"name": "早安"}).json()["version"] == 1
    changed = call("patch", "templates/hello", {"subject": "早上好"}).json()
    assert (changed["name"], changed["subject"], changed["html"], changed["version"]) == (
        "早安", "早上好", GIVEN["html"], 2,
    )  # fmt: skip
    assert TemplateVersion.objects.count() == 2
    verbs = AuditLine.objects.filter(verb__startswith="template").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["template made", "template changed", "template changed"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"html": "<p>{{ customer.nmae }}"}, "nmae"),
        ({"html": "<p>{% if %}</p>"}, "第 1 行"),
        ({"subject": " "}, "主题"),
        ({"purpose": "fun"}, "purpose"),
        ({"key": "a b"}, "key"),
        ({"name": "长" * 81}, "name"),
        ({"unknown": "x"}, "unknown"),
    ],
)
def test_what_the_page_refuses_the_api_refuses_in_words(change: dict[str, str], said: str, call: Call) -> None:
    refused = call("post", "templates", GIVEN | change)
    assert refused.status_code == 422 and said in refused.json()["detail"], refused.content.decode()
    assert not Template.objects.exists()


def test_a_key_that_is_taken_is_refused_and_the_template_stays(call: Call) -> None:
    assert call("post", "templates", GIVEN).status_code == 201
    refused = call("post", "templates", GIVEN | {"subject": "别的"})
    assert refused.status_code == 422 and "已有这个标识的模板" in refused.json()["detail"]
    assert Template.objects.get().subject == "您好"
    assert call("patch", "templates/none", {"subject": "别的"}).status_code == 404


def test_who_may_not_write_messages_makes_and_changes_none(call: Call, bob: User) -> None:
    assert call("post", "templates", GIVEN, bob).status_code == 403 and not Template.objects.exists()
    assert call("post", "templates", GIVEN).status_code == 201
    assert call("patch", "templates/hello", {"subject": "别的"}, bob).status_code == 403
    assert Template.objects.get().subject == "您好"
