"""A tag is one however it is written, at every door: VIP, vip and ＶＩＰ; it is shown as it was first written."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.profile.actions import add_tag, remove_tag
from zhiji.flow.profile.models import Past, Portrait, Tag, Tagging
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import all_settle, customer
from zhiji.kernel.models import Fact

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def test_a_tag_put_twice_in_two_writings_is_one_as_it_was_first_written(alice: User) -> None:
    root = customer("user:1").pk
    assert add_tag(customer_ids=[root], tag="VIP", by=alice) == [root]
    assert add_tag(customer_ids=[root], tag=" ｖｉｐ ", by=alice) == []
    assert tags_of([root]) == {root: ["VIP"]}
    assert remove_tag(customer_ids=[root], tag="vip", by=alice) == [root]
    assert tags_of([root]) == {}
    add_tag(customer_ids=[root], tag="vip", by=alice)
    all_settle()
    assert tags_of([root]) == {root: ["VIP"]} and Tag.objects.count() == 1
    assert {fact.properties["tag"] for fact in Fact.objects.filter(name__startswith="tag_")} == {"VIP"}


@pytest.mark.parametrize("word", ["vip", "ＶＩＰ", "Vip"])
def test_list_page_and_api_and_conditions_find_a_tag_however_it_is_asked(
    alice: User, signed_in: Browser, word: str
) -> None:
    root = customer("user:1", name="王芳").pk
    customer("user:2", name="李雷")
    browser = signed_in(alice)
    browser.post(f"/customers/{root}/tags/", {"tag": "VIP"})
    page = browser.get("/customers/", {"tag": word}).content.decode()
    assert "王芳" in page and "李雷" not in page
    browser.post("/customers/bulk/", {"verb": "tag", "tag": word, "customer": [str(root)], "query": ""})
    assert tags_of([root]) == {root: ["VIP"]}
    all_settle()
    asked = {"condition": {"kind": "tag", "tag": word}}
    token = create_token(by=None, user=alice, name="t", scopes=["segments:read", "customers:write", "customers:read"])
    api = Client(headers={"Authorization": f"Bearer {token}"})
    answer = api.post("/api/conditions/preview", asked, content_type="application/json")
    assert answer.json()["count"] == 1, answer.content
    assert [one["id"] for one in api.get("/api/customers", {"tag": word}).json()["rows"]] == [root]
    api.patch(f"/api/customers/{root}", {"remove_tags": [word]}, content_type="application/json")
    assert tags_of([root]) == {}


@pytest.mark.django_db(transaction=True)
def test_tags_that_were_several_become_the_first_of_them() -> None:
    root = customer("user:1").pk
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes("profile")
    executor.migrate([("profile", "0003_masks_hide")])
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO profile_tag (name) VALUES ('VIP'), ('vip'), ('ｖｉｐ'), ('新客')")
            cursor.execute(
                "INSERT INTO profile_tagging (customer_id, tag_id, by, at) SELECT %s, id, 'x', now() FROM profile_tag",
                [root],
            )
            cursor.execute(
                """UPDATE profile_portrait SET stamps = '{"tag:VIP": 5, "tag:vip": 9, "tag:新客": 3, "city": 1}'"""
            )
            cursor.execute(
                "INSERT INTO profile_past (customer_id, part, was, until) VALUES (%s, 'tag:VIP', 'true', now())", [root]
            )
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert list(Tag.objects.order_by("id").values_list("name", "key")) == [("VIP", "vip"), ("新客", "新客")]
    assert Tagging.objects.count() == 2
    assert Portrait.objects.get().stamps == {"tag:vip": 9, "tag:新客": 3, "city": 1}
    assert Past.objects.get().part == "tag:vip"
