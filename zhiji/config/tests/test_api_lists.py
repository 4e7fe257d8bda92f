"""Every list of the API is read to its end, two rows at a time, and is the same as read at once."""

from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.config.api import api
from zhiji.config.tests.house import bearer, furnished, moved_in

pytestmark = pytest.mark.django_db
NAMES = ["甲一", "乙二", "丙三", "丁四", "戊五"]
KEYS = {"/api/segments": "buyers", "/api/schemes": "life", "/api/rules": "thanks"}


def described() -> dict[str, Any]:
    """The parameters of each GET operation that the API describes, by path."""
    paths: dict[str, Any] = api.get_openapi_schema()["paths"]
    return {
        path: {one["name"]: one for one in verbs["get"].get("parameters", ())}
        for path, verbs in paths.items()
        if "get" in verbs
    }


LISTS = sorted(path for path, parameters in described().items() if {"cursor", "size"} & set(parameters))


class Reader:
    def __init__(self, user: User, customer: int) -> None:
        self.client = Client(headers=bearer(user))
        self.customer = customer

    def page(self, path: str, **asked: Any) -> Any:
        key = next((key for start, key in KEYS.items() if path.startswith(start)), "")
        named = path.format(key=key, class_key="buys", id=self.customer, customer=self.customer)
        record = {"subject": "resolve.customer", "id": self.customer} if path == "/api/comments" else {}
        answer = self.client.get(named, {**asked, **record})
        assert answer.status_code == 200, (named, answer.content)
        return answer.json()

    def to_the_end(self, path: str, size: int) -> list[Any]:
        found = self.page(path, size=size)
        rows = found["rows"]
        assert len(rows) <= size
        while found["next"]:
            found = self.page(path, size=size, cursor=found["next"])
            assert 0 < len(found["rows"]) <= size
            rows = rows + found["rows"]
        return rows  # type: ignore[no-any-return]


def test_there_are_lists_and_each_has_both_a_size_and_a_cursor() -> None:
    assert len(LISTS) >= 11
    parameters = described()
    assert [path for path in LISTS if not {"cursor", "size"} <= set(parameters[path])] == []


@pytest.fixture
def reader(alice: User) -> Reader:
    furnished(alice)
    found = moved_in(NAMES, alice)
    return Reader(alice, found[NAMES[0]])


def test_two_rows_at_a_time_are_the_whole(reader: Reader) -> None:
    for path in LISTS:
        whole = reader.page(path, size=200)["rows"]
        assert len(whole) > 2, f"{path} lists too little to turn a page"
        assert reader.to_the_end(path, 2) == whole, path


def test_an_earlier_page_is_found_again(reader: Reader) -> None:
    for path in LISTS:
        first = reader.page(path, size=2)
        if "previous" in first:
            second = reader.page(path, size=2, cursor=first["next"])
            assert reader.page(path, size=2, cursor=second["previous"])["rows"] == first["rows"], path
