"""What each deed on a customer takes, refuses and leaves behind."""

from typing import Any

import pytest

from zhiji.access import privacy
from zhiji.access.models import AuditLine, CustomerKey, User
from zhiji.access.roles import Forbidden
from zhiji.flow.profile import actions, contacts
from zhiji.flow.profile.actions import Entered, KnownAlready
from zhiji.flow.profile.actions.erasure import _known
from zhiji.flow.profile.models import Consent, ContactPoint, Past, Portrait, SealedValue, Tag
from zhiji.flow.profile.tests.acts import all_settle, customer, portrait
from zhiji.flow.resolve.actions import AlreadyOne
from zhiji.flow.resolve.models import Customer, Identity, Redirect
from zhiji.kernel.models import Accepted, Fact
from zhiji.records.actions import remove_view, save_view
from zhiji.records.models import SavedView

pytestmark = pytest.mark.django_db
PHONE = "+8613812345678"


def line(verb: str) -> AuditLine:
    return AuditLine.objects.filter(verb=verb).latest("id")


def said(name: str) -> dict[str, Any]:
    found: dict[str, Any] = Accepted.objects.filter(name=name).latest("id").properties
    return found


@pytest.mark.parametrize("priority", [-1, 4])
def test_a_priority_beyond_the_scale_is_refused(alice: User, priority: int) -> None:
    one = customer("user:1", name="王芳")
    with pytest.raises(ValueError, match="优先级只能是"):
        actions.set_priority(customer_ids=[one.pk], priority=priority, by=alice)
    entered = Entered(parts={"name": "李雷"}, priority=priority)
    with pytest.raises(ValueError, match="优先级只能是"):
        actions.create_customer(entered=entered, key="k", by=alice)
    assert portrait("user:1").priority == 0 and Customer.objects.count() == 1


@pytest.mark.parametrize("priority", [1, 3])
def test_a_priority_is_set_once_and_written_down(alice: User, priority: int) -> None:
    one = customer("user:1", name="王芳")
    given = {"customer_ids": [one.pk], "priority": priority, "by": alice}
    assert actions.set_priority(**given) == [one.pk] and actions.set_priority(**given) == []
    assert portrait("user:1").priority == priority
    assert line("priority set").detail == {"customers": [one.pk], "cause": "", "priority": priority}
    assert said("priority_set") == {"priority": priority, "by": str(alice)}


def test_whom_a_customer_is_given_to_and_taken_from_is_written_down(alice: User, bob: User) -> None:
    one = customer("user:1", name="王芳")
    assert actions.assign_owner(customer_ids=[one.pk], owner=bob, by=alice) == [one.pk]
    assert said("owner_assigned") == {"owner": bob.pk, "owner_name": str(bob), "by": str(alice)}
    assert actions.assign_owner(customer_ids=[one.pk], owner=None, by=None, cause="rule r") == [one.pk]
    assert portrait("user:1").owner is None
    assert said("owner_assigned") == {"owner": None, "owner_name": "", "by": "rule r"}
    assert line("owner assigned").detail["cause"] == "rule r"


def test_a_tag_is_a_word_for_all_and_comes_off_again(alice: User) -> None:
    one = customer("user:1", name="王芳")
    for tag, advice in (("找 13812345678", "大家共用的词"), ("  ", "1 到 40"), ("长" * 41, "1 到 40")):
        with pytest.raises(ValueError, match=advice):
            actions.add_tag(customer_ids=[one.pk], tag=tag, by=alice)
    assert not Tag.objects.exists()
    actions.add_tag(customer_ids=[one.pk], tag="VIP", by=alice)
    assert actions.remove_tag(customer_ids=[one.pk], tag="ｖｉｐ", by=alice) == [one.pk]
    assert actions.remove_tag(customer_ids=[one.pk], tag="vip", by=alice) == []
    assert line("tag removed").detail["tag"] == "VIP"


def test_parts_there_are_not_are_refused_and_an_emptied_part_is_empty(alice: User) -> None:
    one = customer("user:1", name="王芳", city="宁波")
    for part in ("shoe", "attributes."):
        with pytest.raises(ValueError):
            actions.edit_attributes(customer_ids=[one.pk], changes={part: "x"}, by=alice)
    changes = {"city": None, "attributes.身高": "170"}
    assert actions.edit_attributes(customer_ids=[one.pk], changes=changes, by=alice) == [one.pk]
    assert (portrait("user:1").city, portrait("user:1").attributes) == ("", {"身高": "170"})
    actions.edit_attributes(customer_ids=[one.pk], changes={"attributes.身高": None}, by=alice)
    assert portrait("user:1").attributes == {}


def test_a_consent_keeps_its_proof_or_who_wrote_it_down(alice: User) -> None:
    one = customer("user:1", name="王芳")
    given = {"customer_ids": [one.pk], "channel": "email", "granted": True}
    assert actions.set_consent(**given, by=alice) == [one.pk]
    assert (Consent.objects.get().proof, Consent.objects.get().purpose) == (str(alice), "marketing")
    assert actions.set_consent(**given, by=alice, proof="again") == [], "the same word again says nothing new"
    assert actions.set_consent(**given, by=None, cause="link", purpose="service") == [one.pk]
    assert Consent.objects.get(purpose="service").proof == "link"
    assert actions.set_consent(**{**given, "granted": False}, by=alice, proof="电话") == [one.pk]
    assert line("consent changed").detail["proof"] == "电话"
    assert Consent.objects.filter(granted=True).count() == 1


def test_many_are_edited_at_once_where_all_are_seen(bob: User, alice: User) -> None:
    his, hers = customer("user:1", owner=bob, name="王芳"), customer("user:2", owner=alice, name="李雷")
    for ids in ([his.pk, hers.pk], [his.pk, hers.pk + 99]):
        with pytest.raises(Forbidden):
            actions.add_tag(customer_ids=ids, tag="x", by=bob)
    assert not Tag.objects.exists()
    actions.merge_customers(loser=his.pk, winner=hers.pk, by=alice)
    assert actions.add_tag(customer_ids=[his.pk, hers.pk], tag="x", by=alice) == [hers.pk]
    assert line("tag added").object_id == str(hers.pk) and line("tag added").object_type == "resolve.customer"


def test_who_only_reads_edits_nobody(anna: User) -> None:
    one = customer("user:1", name="王芳")
    point = _phone(one)
    for deed in (
        lambda: actions.add_tag(customer_ids=[one.pk], tag="x", by=anna),
        lambda: actions.set_contact(customer_id=one.pk, kind="phone", value=PHONE, by=anna),
        lambda: actions.forget_contact(point=point, by=anna),
        lambda: actions.erase_customer(customer_id=one.pk, by=anna),
        lambda: actions.create_customer(entered=Entered(parts={"name": "x"}), key="k", by=anna),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert ContactPoint.objects.count() == 1 and portrait("user:1").name == "王芳"


def _phone(one: Portrait) -> ContactPoint:
    actions.set_contact(customer_id=one.pk, kind="phone", value="138 1234 5678", by=None)
    return ContactPoint.objects.get(customer_id=one.pk)


def test_a_contact_is_added_and_taken_off_and_neither_fact_nor_line_holds_it(sue: User) -> None:
    one = customer("user:1", name="王芳")
    actions.set_contact(customer_id=one.pk, kind="phone", value="138-1234-5678", by=sue)
    assert contacts.values([one.pk], "phone") == {one.pk: PHONE}
    assert (line("contact changed").detail, line("contact changed").object_id) == (
        {"kind": "phone", "added": True}, str(one.pk),
    )  # fmt: skip
    assert said("contact_changed") == {"kind": "phone", "added": True, "by": str(sue)}
    actions.forget_contact(point=ContactPoint.objects.get(), by=None)
    assert not ContactPoint.objects.exists()
    assert said("contact_changed") == {"kind": "phone", "added": False, "by": ""}


@pytest.mark.parametrize(("kind", "value", "advice"), [("fax", PHONE, "类型只能是"), ("address", "  ", "没有可添加的")])
def test_what_is_no_contact_is_refused(alice: User, kind: str, value: str, advice: str) -> None:
    one = customer("user:1", name="王芳")
    with pytest.raises(ValueError, match=advice):
        actions.set_contact(customer_id=one.pk, kind=kind, value=value, by=alice)
    assert not ContactPoint.objects.exists()


def test_a_salesperson_takes_no_contact_off_anothers_customer(bob: User, alice: User) -> None:
    point = _phone(customer("user:1", owner=alice, name="王芳"))
    with pytest.raises(Forbidden):
        actions.forget_contact(point=point, by=bob)
    assert ContactPoint.objects.count() == 1


def test_a_view_has_a_name_of_one_to_forty_letters_and_replaces_its_namesake(mark: User, bob: User) -> None:
    for name in ("  ", "长" * 41):
        with pytest.raises(ValueError, match="1 到 40"):
            save_view(of="customers", reads="customers:read", name=name, query="tag=x", shared=False, by=bob)
    for name, query in (("找 13812345678", "tag=x"), ("x", "q=138%201234%205678")):
        with pytest.raises(ValueError, match="视图会一直留着"):
            save_view(of="customers", reads="customers:read", name=name, query=query, shared=False, by=bob)
    with pytest.raises(Forbidden):
        save_view(of="customers", reads="customers:read", name="x", query="tag=x", shared=True, by=bob)
    first = save_view(of="customers", reads="customers:read", name=" 我 的 ", query="tag=x", shared=False, by=bob)
    again = save_view(of="customers", reads="customers:read", name="我 的", query="tag=y", shared=False, by=bob)
    assert (first.pk, again.query, again.user) == (again.pk, "tag=y", bob)
    shared = save_view(of="customers", reads="customers:read", name="长" * 40, query="tag=z", shared=True, by=mark)
    assert shared.user is None and SavedView.objects.count() == 2
    assert line("view saved").detail == {"name": "长" * 40, "shared": True}


def test_a_view_is_removed_by_its_owner_and_a_shared_one_by_who_may_write_segments(mark: User, bob: User) -> None:
    mine = save_view(of="customers", reads="customers:read", name="m", query="tag=x", shared=False, by=bob)
    shared = save_view(of="customers", reads="customers:read", name="s", query="tag=x", shared=True, by=mark)
    for view, who in ((mine, mark), (shared, bob)):
        with pytest.raises(Forbidden):
            remove_view(view=view, by=who)
    remove_view(view=mine, by=bob)
    remove_view(view=shared, by=mark)
    assert not SavedView.objects.exists() and line("view removed").detail == {"name": "s"}


def test_merging_shows_one_and_parting_two_at_once(alice: User, bob: User) -> None:
    old, new = customer("user:1", owner=bob, name="王小芳"), customer("user:2", name="王芳", city="宁波")
    with pytest.raises(Forbidden):
        actions.merge_customers(loser=old.pk, winner=new.pk, by=bob)
    redirect = actions.merge_customers(loser=old.pk, winner=new.pk, by=alice, proof="同一张卡")
    assert redirect.proof == "同一张卡" and portrait("user:1").pk == new.pk and portrait("user:1").owner == bob
    with pytest.raises(AlreadyOne):
        actions.merge_customers(loser=old.pk, winner=new.pk, by=alice)
    with pytest.raises(Forbidden):
        actions.unmerge_customers(redirect=redirect, by=bob)
    assert actions.unmerge_customers(redirect=redirect, by=alice) == (old.pk, new.pk)
    assert (portrait("user:1").name, portrait("user:2").name, portrait("user:2").owner) == ("王小芳", "王芳", None)
    assert not Redirect.objects.exists()


def test_what_was_typed_of_a_new_customer_is_cut_cleaned_and_told_in_facts(alice: User, bob: User) -> None:
    entered = Entered(
        parts={"name": " 李雷 ", "city": "", "region": None},
        kind="organisation",
        member=" m-1 ",
        contacts=[("phone", PHONE), ("email", " ")],
        tags=["ＶＩＰ", " "],
        owner=bob,
        priority=3,
        consent={"sms": False},
        proof=" 表 " + "长" * 300,
    )
    made, new = actions.create_customer(entered=entered, key="k", by=alice)
    again = actions.create_customer(entered=entered, key="k", by=alice)
    assert new and again == (made, False) and portrait("user:m-1").pk == made
    row = Portrait.objects.get(pk=made)
    assert (row.name, row.owner, row.priority, row.customer.kind) == ("李雷", bob, 3, "organisation")
    assert (len(Consent.objects.get().proof), Consent.objects.get().granted) == (200, False)
    told = line("customer created").detail
    assert told == {
        "parts": ["name"], "contacts": ["phone"], "owner": bob.pk, "tags": ["VIP"], "consent": {"sms": False},
    }  # fmt: skip
    all_settle()
    facts = {fact.name: fact.properties for fact in Fact.objects.filter(customer_id=made)}
    assert facts["customer_created"] == {"kind": "organisation", "by": str(alice)}
    assert facts["owner_assigned"] == {"owner": bob.pk, "owner_name": str(bob), "by": str(alice)}
    assert (facts["priority_set"]["priority"], facts["tag_added"]["tag"]) == (3, "VIP")
    assert facts["consent_changed"]["granted"] is False and facts["consent_changed"]["purpose"] == "marketing"
    assert len(facts) == 6


def test_who_is_known_already_is_named_once_with_advice(alice: User) -> None:
    customer("user:m-1", name="王芳", contact={"phone": "13812345678"})
    entered = Entered(parts={"name": "又一位"}, contacts=[("phone", PHONE), ("address", "1 号")], member="m-1")
    with pytest.raises(KnownAlready) as known:
        actions.create_customer(entered=entered, key="k", by=alice)
    assert [one.name for one in known.value.customers] == ["王芳"] and "王芳（" in str(known.value)
    assert Customer.objects.count() == 1


def test_of_an_erased_person_nothing_is_known_and_the_merged_go_with_them(alice: User) -> None:
    one = customer("user:1", name="王芳", contact={"phone": "13812345678"}, 备用手机="13912345678")
    other = customer("user:2", name="王小芳")
    actions.edit_attributes(customer_ids=[one.pk], changes={"name": "王方芳"}, by=alice)
    actions.merge_customers(loser=other.pk, winner=one.pk, by=alice)
    person = _known(one.pk)
    assert list(person.ids) == [one.pk, other.pk] and {"user:1", "user:2"} <= person.identities
    assert {"王方芳", "王小芳"} <= person.names and "" not in person.names and PHONE in person.values
    actions.erase_customer(customer_id=other.pk, by=alice)
    assert set(Portrait.objects.values_list("name", flat=True)) == {""}
    for model in (ContactPoint, SealedValue, CustomerKey, Past, Identity):
        assert not model.objects.exists(), model
    assert line("customer erased").detail == {"customers": [one.pk, other.pk]}
    assert (line("customer erased").object_id, said("customer_erased")) == (str(one.pk), {"by": str(alice)})


def test_what_nobody_can_read_any_more_does_not_keep_a_person_from_being_forgotten(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = customer("user:1", name="王芳", contact={"phone": "13812345678"})

    def unreadable(ids: Any) -> Any:
        raise privacy.Unreadable

    monkeypatch.setattr(privacy, "known_ciphers", unreadable)
    assert _known(one.pk).values == frozenset()
    actions.erase_customer(customer_id=one.pk, by=alice)
    assert Portrait.objects.get(pk=one.pk).name == ""
