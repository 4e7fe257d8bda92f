"""Contact values in texts, unknown properties and attributes: never in clear, masked, revealed to those who may."""

import re

import orjson
import pytest
from django.db import connection
from django.test import Client

from zhiji.access.audit import audit
from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.profile import actions, timeline
from zhiji.flow.profile.list_json import briefs
from zhiji.flow.profile.models import Portrait, SealedValue
from zhiji.flow.profile.record import record
from zhiji.flow.profile.tests.acts import all_settle, customer, happens, portrait
from zhiji.kernel import lake
from zhiji.kernel.models import Accepted, Fact

pytestmark = pytest.mark.django_db
NOTE = "老公的电话13812345678，邮箱 li@example.com"
SECRETS = ("13812345678", "li@example.com", "文三路", "11010519491231002X")


def noted(identity: str = "user:1", **more: object) -> Fact:
    happens("note_written", identity, note=NOTE, **more)
    all_settle()
    return Fact.objects.filter(name="note_written").latest("id")


def details(root: int) -> str:
    return " ".join(
        f"{one.label} {one.value}"
        for entry in timeline.timeline(root, User(role="administrator")).rows
        for one in entry.details
    )


def test_neither_inbox_nor_log_nor_lake_has_a_value_in_clear() -> None:
    happens(
        "form_sent", "user:1", note=NOTE, deep=[{"address": {"line": "文三路 1 号"}, "x": ["证件 11010519491231002X"]}]
    )
    waiting = str(list(Accepted.objects.values("properties", "sealed")))
    all_settle()
    lake.drain()
    logged = str(list(Fact.objects.values_list("properties", flat=True)))
    table = lake.table()
    assert table is not None
    for place in (waiting, logged, str(table.to_pyarrow_table().to_pylist())):
        assert not [secret for secret in SECRETS if secret in place]
    assert SealedValue.objects.count() == 4


def test_equal_values_of_one_customer_have_equal_tokens_and_those_of_two_have_not() -> None:
    first, again, other = (noted(who, other="138 1234 5678").properties for who in ("user:1", "user:1", "user:2"))
    assert first == again
    assert first["other"] in first["note"]
    assert first["other"] != other["other"] and re.fullmatch(r"⟦phone:[0-9a-f]{24}⟧", other["other"])


def test_the_timeline_shows_masks_to_all(anna: User, client: Client) -> None:
    noted(url="https://a.cn/?tel=13812345678&a=1", deep={"list": [{"手机": 13812345678}]})
    shown = details(portrait("user:1").pk)
    assert "老公的电话138****5678，邮箱 ***@example.com" in shown
    assert "?tel=138****5678&a=1" in shown and "deep.list.手机 138****5678" in shown
    client.force_login(anna)
    page = client.get(f"/customers/{portrait('user:1').pk}/").content.decode()
    assert "138****5678" in page and "13812345678" not in page and "revelation" not in page


def test_those_who_may_reveal_an_entry_and_it_is_audited(sue: User, client: Client) -> None:
    fact = noted()
    one = portrait("user:1").pk
    client.force_login(sue)
    assert f"/facts/{fact.pk}/revelation/" in client.get(f"/customers/{one}/").content.decode()
    answer = client.post(f"/customers/{one}/facts/{fact.pk}/revelation/")
    assert NOTE in answer.content.decode() and answer["Cache-Control"] == "no-store"
    line = AuditLine.objects.get(verb="contacts revealed")
    assert (line.user, line.object_id, line.detail) == (sue, str(one), {"fact": fact.pk})


def test_who_may_not_reveal_is_refused_and_nobody_else_s_fact_is_revealed(
    anna: User, bob: User, alice: User, client: Client
) -> None:
    fact = noted()
    one, mine = portrait("user:1").pk, customer("user:2", owner=bob).pk
    with pytest.raises(Forbidden):
        timeline.revealed(one, fact.pk, by=anna)
    client.force_login(bob)
    assert client.post(f"/customers/{one}/facts/{fact.pk}/revelation/").status_code == 404
    assert client.post(f"/customers/{mine}/facts/{fact.pk}/revelation/").status_code == 404
    assert not AuditLine.objects.filter(verb="contacts revealed").exists()


def test_what_came_before_a_merge_is_read_at_the_root(alice: User) -> None:
    fact = noted("user:1")
    customer("user:2", name="王芳")
    one, two = portrait("user:1").pk, portrait("user:2").pk
    actions.merge_customers(loser=one, winner=two, by=alice)
    assert "138****5678" in details(two)
    assert NOTE in str(timeline.revealed(two, fact.pk, by=alice).details)


def test_an_attribute_is_masked_everywhere_and_revealed_with_the_contact_points(sue: User, client: Client) -> None:
    one = customer("user:1", name="王芳", 备用电话="13812345678", 备注=NOTE)
    assert "13812345678" not in str(Portrait.objects.values_list("attributes", flat=True))
    whole = record(sue, one.pk)
    assert whole is not None and whole["attributes"]["备用电话"] == "138****5678"
    assert (
        orjson.loads(orjson.dumps(briefs([one.pk], ("attributes",), frozenset())))[0]["attributes"]["备用电话"]
        == "138****5678"
    )
    client.force_login(sue)
    card = client.get(f"/customers/{one.pk}/").content.decode()
    assert "138****5678" in card and "13812345678" not in card
    clear = client.post(f"/customers/{one.pk}/contacts/revelation/").content.decode()
    assert NOTE in clear and AuditLine.objects.filter(verb="contacts revealed").count() == 1


def test_an_edit_is_sealed_before_it_changes_anything(sue: User) -> None:
    one, two = customer("user:1").pk, customer("user:2").pk
    actions.edit_attributes(
        customer_ids=[one, two], changes={"attributes.备注": NOTE, "attributes.住址": "文三路"}, by=sue
    )
    kept = str(list(Portrait.objects.values_list("attributes", flat=True)))
    all_settle()
    kept += str(list(Fact.objects.values_list("properties", flat=True))) + str(list(AuditLine.objects.values("detail")))
    assert not [secret for secret in SECRETS if secret in kept]
    assert "老公的电话138****5678" in details(one) and "138****5678" in details(two)
    assert AuditLine.objects.get(verb="attributes changed").detail["changes"]["attributes.住址"] == "⟦address⟧"


def test_saving_the_mask_again_changes_nothing(sue: User, client: Client) -> None:
    one = customer("user:1", 备注=NOTE)
    client.force_login(sue)
    form = client.get(f"/customers/{one.pk}/part/?part=attributes.备注").content.decode()
    assert "138****5678" in form
    client.post(
        f"/customers/{one.pk}/part/?part=attributes.备注", {"value": "老公的电话138****5678，邮箱 ***@example.com"}
    )
    assert Portrait.objects.get(pk=one.pk).attributes == one.attributes


def test_a_name_shows_the_mask_and_keeps_what_was_given(sue: User) -> None:
    one = customer("user:1", name="王芳13812345678")
    assert one.name == "王芳138****5678"
    assert "13812345678" not in str(one.attributes)
    assert list(one.attributes) == ["name_as_given"]


def test_a_tag_is_no_place_for_a_number(sue: User) -> None:
    one = customer("user:1")
    with pytest.raises(ValueError, match="电话"):
        actions.add_tag(customer_ids=[one.pk], tag="打13812345678", by=sue)
    assert not Fact.objects.filter(name="tag_added").exists()


def test_the_audit_says_only_the_kind(alice: User) -> None:
    audit("customers exported", alice, by=alice, query="q=13812345678&tag=VIP", columns=["email"])
    assert AuditLine.objects.get().detail == {"query": "q=⟦phone⟧&tag=VIP", "columns": ["email"]}


def test_a_token_that_somebody_sends_opens_nothing_of_others() -> None:
    stolen = noted("user:1", other="13812345678").properties["other"]
    happens("note_written", "user:2", note=f"看 {stolen} ⟦phone:p0⟧")
    all_settle()
    assert "138****5678" not in details(portrait("user:2").pk)


def test_a_batch_without_contact_values_asks_once(django_assert_num_queries: object) -> None:
    from zhiji.flow.profile.sealed import keep
    from zhiji.kernel.clock import now
    from zhiji.kernel.pipeline import NEW_BATCH, Batch

    with connection.cursor() as cursor:
        cursor.execute(NEW_BATCH)
    with django_assert_num_queries(1):  # type: ignore[operator]
        keep(Batch(0, now()))
