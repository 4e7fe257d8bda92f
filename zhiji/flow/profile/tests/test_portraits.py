"""A portrait says what was told last, whatever order the facts came in, and forgets what a lifted merge brought."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.profile import actions, portrait_store
from zhiji.flow.profile.models import Consent, Portrait, SearchKey, Sight, Tagging
from zhiji.flow.profile.queries import consents, tags_of
from zhiji.flow.profile.tests.acts import all_settle, at, customer, happens, identified, portrait
from zhiji.flow.resolve.models import Redirect
from zhiji.kernel import clock
from zhiji.kernel.models import Fact

pytestmark = pytest.mark.django_db


def everything(pk: int) -> dict[str, Any]:
    """All that is kept of a portrait."""
    row = Portrait.objects.filter(pk=pk).values().get()
    del row["updated_at"]
    return {
        **row,
        "tags": list(Tagging.objects.filter(customer_id=pk).order_by("tag__name").values_list("tag__name", "at")),
        "consents": list(
            Consent.objects.filter(customer_id=pk).order_by("channel").values_list("channel", "granted", "at")
        ),
        "keys": sorted(SearchKey.objects.filter(customer_id=pk).values_list("key", flat=True)),
    }


def test_traits_become_the_portrait() -> None:
    identified("user:1", name="王芳", gender="female", birthday="1990-05-23", region="浙江", level="gold")
    all_settle()
    shown = portrait("user:1")
    assert (shown.name, shown.region, shown.birthday) == ("王芳", "浙江", date(1990, 5, 23))
    assert shown.attributes == {"level": "gold"}


def test_a_late_fact_doesnt_overwrite_a_newer_word() -> None:
    identified("user:1", days=1, name="王芳", city="杭州")
    all_settle()
    identified("user:1", days=5, name="王小芳", region="浙江")
    all_settle()
    shown = portrait("user:1")
    assert (shown.name, shown.city, shown.region) == ("王芳", "杭州", "浙江")


def test_what_we_do_to_customers_doesnt_count_as_seeing_them() -> None:
    happens("page_viewed", "user:1", days=9)
    happens("message_sent", "user:1", days=1)
    all_settle()
    assert portrait("user:1").last_seen_at == at(9)


def test_registration_is_the_earliest_told() -> None:
    happens("customer_registered", "user:1", days=3)
    happens("customer_registered", "user:1", days=8)
    all_settle()
    assert portrait("user:1").registered_at == at(8)


def test_an_edit_shows_at_once_and_stays_when_its_fact_arrives(alice: User) -> None:
    one = customer("user:1", name="王芳")
    actions.edit_attributes(customer_ids=[one.pk], changes={"city": "宁波"}, by=alice)
    assert portrait("user:1").city == "宁波"
    all_settle()
    assert portrait("user:1").city == "宁波"
    assert Fact.objects.get(name="attributes_changed").properties["changes"] == {"city": "宁波"}


def test_a_tag_is_put_once_and_says_so_once(alice: User) -> None:
    one = customer("user:1", name="王芳")
    assert actions.add_tag(customer_ids=[one.pk], tag="贵宾", by=alice) == [one.pk]
    assert actions.add_tag(customer_ids=[one.pk], tag="贵宾", by=alice) == []
    all_settle()
    assert tags_of([one.pk]) == {one.pk: ["贵宾"]}
    assert Fact.objects.filter(name="tag_added").count() == 1


def test_consent_withdrawn_after_it_was_given_stays_withdrawn(alice: User) -> None:
    identified("user:1", days=2, consent={"email": True})
    all_settle()
    one = portrait("user:1")
    actions.set_consent(customer_ids=[one.pk], channel="email", granted=False, by=None, proof="unsubscribed")
    all_settle()
    assert consents([one.pk], "email") == {one.pk: False}


def test_bob_may_not_edit_a_customer_of_another_and_nothing_happens(bob: User, alice: User) -> None:
    one = customer("user:1", owner=alice, name="王芳")
    with pytest.raises(Forbidden):
        actions.add_tag(customer_ids=[one.pk], tag="我的", by=bob)
    assert not Tagging.objects.exists()
    assert not AuditLine.objects.filter(user=bob).exists()


def test_a_merge_shows_one_portrait_with_what_both_told(alice: User) -> None:
    identified("user:old", days=5, name="王小芳", city="宁波")
    identified("user:new", days=1, name="王芳")
    all_settle()
    old, new = portrait("user:old"), portrait("user:new")
    actions.add_tag(customer_ids=[old.pk], tag="老客", by=alice)
    all_settle()
    actions.merge_customers(loser=old.pk, winner=new.pk, by=alice)
    shown = portrait("user:old")
    assert (shown.pk, shown.name, shown.city) == (new.pk, "王芳", "宁波")
    assert tags_of([new.pk]) == {new.pk: ["老客"]}
    assert Portrait.objects.get(pk=old.pk).merged


def test_a_machine_merge_takes_the_visitors_sight_along() -> None:
    happens("page_viewed", "anonymous:a", days=9)
    all_settle()
    identified("user:1", also="anonymous:a", name="王芳")
    all_settle()
    assert portrait("user:1").first_seen_at == at(9)


def test_every_portrait_has_its_sight_beside_it(alice: User) -> None:
    happens("page_viewed", "user:old", days=2)
    happens("message_sent", "user:new", days=1)
    all_settle()
    happens("page_viewed", "user:old", days=1)
    old, new = portrait("user:old"), portrait("user:new")
    all_settle()
    assert dict(Sight.objects.values_list("customer", "at")) == {old.pk: at(1), new.pk: None}
    actions.merge_customers(loser=old.pk, winner=new.pk, by=alice)
    assert Sight.objects.get(pk=new.pk).at == at(1)


def test_a_tag_put_again_tells_of_the_last_time(alice: User) -> None:
    for days in (1, 0):
        happens("tag_added", "user:1", days, tag="贵宾")
        all_settle()
    live = everything(portrait("user:1").pk)
    portrait_store.recompute([portrait("user:1").pk], clock.now())
    assert everything(portrait("user:1").pk) == live


FACTS = st.lists(
    st.tuples(
        st.sampled_from(["user:1", "user:2", "user:3"]),
        st.integers(0, 9),
        st.sampled_from(["name", "city", "level", "consent", "tag", "untag", "view", "register"]),
        st.sampled_from(["甲", "乙", "丙"]),
    ),
    min_size=1,
    max_size=12,
)


def _tell(identity: str, days: int, kind: str, word: str) -> None:
    if kind in {"name", "city", "level"}:
        identified(identity, days, **{kind: word})
    elif kind == "consent":
        identified(identity, days, consent={"email": word == "甲"})
    elif kind in {"tag", "untag"}:
        happens("tag_added" if kind == "tag" else "tag_removed", identity, days, tag=word)
    else:
        happens("page_viewed" if kind == "view" else "customer_registered", identity, days)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=FACTS, during=FACTS)
def test_a_lifted_merge_leaves_each_portrait_as_if_it_had_never_been(
    before: Any, during: Any, django_db_blocker: Any
) -> None:
    from django.db import transaction

    with transaction.atomic():
        for user in ("user:1", "user:2", "user:3"):
            happens("page_viewed", user, 5)
        for fact in before:
            _tell(*fact)
        all_settle()
        one, two = portrait("user:1").pk, portrait("user:2").pk
        actions.merge_customers(loser=one, winner=two, by=None)
        for fact in during:
            _tell(*fact)
        all_settle()
        actions.unmerge_customers(redirect=Redirect.objects.get(), by=None)
        all_settle()
        live = [everything(pk) for pk in (one, two, portrait("user:3").pk)]
        portrait_store.recompute([one, two, portrait("user:3").pk], clock.now())
        assert [everything(pk) for pk in (one, two, portrait("user:3").pk)] == live
        assert [row["merged"] for row in live] == [False, False, False]
        transaction.set_rollback(True)
