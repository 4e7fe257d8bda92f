"""Contact values: encrypted, masked for all, revealed to those who may, gone when erased."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from zhiji.access import privacy
from zhiji.access.models import AuditLine, CustomerKey, User
from zhiji.access.roles import Forbidden
from zhiji.flow.profile import actions, contacts
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.profile.queries import search
from zhiji.flow.profile.tests.acts import all_settle, customer, identified, portrait
from zhiji.flow.resolve.models import Identity
from zhiji.kernel import clock, lake
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact

pytestmark = pytest.mark.django_db
WANG = {"phone": "138 1234 5678", "email": "Wang@Example.com"}


def test_sealed_traits_become_encrypted_contact_points() -> None:
    one = customer("user:1", name="王芳", contact=WANG)
    assert contacts.values([one.pk], "phone") == {one.pk: "+8613812345678"}
    assert contacts.values([one.pk], "email") == {one.pk: "wang@example.com"}
    assert b"13812345678" not in bytes(ContactPoint.objects.get(kind="phone").ciphertext)


def test_the_same_value_again_is_one_point() -> None:
    for _ in range(2):
        customer("user:1", contact=WANG)
    assert ContactPoint.objects.count() == 2


def test_a_bad_phone_doesnt_stop_the_rest() -> None:
    one = customer("user:1", contact={"phone": "none", "email": "wang@example.com"})
    assert [point.kind for point in contacts.masked(one.pk)] == ["email"]


def test_everyone_sees_masks_only() -> None:
    one = customer("user:1", contact=WANG)
    assert {point.text for point in contacts.masked(one.pk)} == {"138****5678", "w***@example.com"}


def test_a_reveal_leaves_a_line(sue: User) -> None:
    one = customer("user:1", contact=WANG)
    assert sorted(contacts.reveal(one.pk, by=sue).values()) == ["+8613812345678", "wang@example.com"]
    assert AuditLine.objects.get(verb="contacts revealed").user == sue


def test_the_analyst_may_not_reveal(anna: User) -> None:
    one = customer("user:1", contact=WANG)
    with pytest.raises(Forbidden):
        contacts.reveal(one.pk, by=anna)


def test_bob_may_not_reveal_a_customer_of_another(bob: User, alice: User) -> None:
    one = customer("user:1", owner=alice, contact=WANG)
    with pytest.raises(Forbidden):
        contacts.reveal(one.pk, by=bob)


def test_the_root_speaks_with_the_values_of_those_merged_into_it(alice: User) -> None:
    customer("user:1", contact=WANG)
    customer("user:2", name="王芳")
    one, two = portrait("user:1").pk, portrait("user:2").pk
    actions.merge_customers(loser=one, winner=two, by=alice)
    assert contacts.values([two], "phone") == {two: "+8613812345678"}


def test_the_newest_value_is_the_one_used() -> None:
    identified("user:1", days=5, contact={"phone": "13900000001"})
    identified("user:1", days=1, contact={"phone": "13900000002"})
    all_settle()
    one = portrait("user:1").pk
    assert contacts.values([one], "phone") == {one: "+8613900000002"}


def test_no_clear_value_in_any_fact(alice: User) -> None:
    one = customer("user:1", contact=WANG)
    actions.set_contact(customer_id=one.pk, kind="phone", value="13900000009", by=alice)
    all_settle()
    kept = str(list(Fact.objects.values_list("properties", flat=True)))
    assert "13812345678" not in kept and "13900000009" not in kept and "example.com" not in kept


def test_an_erased_customer_is_nobody(alice: User) -> None:
    one = customer("user:1", name="王芳", contact=WANG)
    actions.erase_customer(customer_id=one.pk, by=alice)
    all_settle()
    assert contacts.values([one.pk], "phone") == {}
    assert not CustomerKey.objects.exists() and not Identity.objects.exists()
    assert "王芳" not in str(list(Fact.objects.values_list("properties", flat=True)))
    assert type(one).objects.get(pk=one.pk).name == ""


def test_what_could_not_be_read_of_an_erased_customer_is_forgotten_too(alice: User) -> None:
    one = customer("user:1", name="王芳")
    Fact.objects.filter(name="customer_identified").update(properties={"unreadable": '{"traits": {"name": "王芳"'})
    record([NewFact("page_viewed", clock.now(), "test", "1", {"traits": "王芳"}, customer_id=one.pk)])
    with connection.cursor() as cursor:
        cursor.execute('UPDATE kernel_accepted SET properties = \'{"traits": "王芳\'')
    actions.erase_customer(customer_id=one.pk, by=alice)
    all_settle()
    assert "王芳" not in str(list(Fact.objects.values_list("properties", flat=True)))


def test_the_lake_forgets_the_traits_of_an_erased_customer(alice: User) -> None:
    one = customer("user:1", name="王芳")
    other = customer("user:2", name="李雷")
    lake.drain()
    actions.erase_customer(customer_id=one.pk, by=alice)
    lake.drain()
    rows = lake.table().to_pyarrow_table().to_pylist()  # type: ignore[union-attr]
    told = [(row["customer_id"], row["properties"]) for row in rows if row["name"] == "customer_identified"]
    assert len(told) == 2
    assert dict(told)[one.pk] == "{}" and "李雷" in dict(told)[other.pk]


@pytest.mark.parametrize(
    ("kind", "value", "before", "after"),
    [
        ("phone", "12345", "123****2345", "****"),
        ("phone", "+8613812345678", "138****5678", "138****5678"),
        ("phone", "+442079460958", "+44****0958", "+44****0958"),
        ("email", "z@example.com", "z***@example.com", "***@example.com"),
        ("email", "zhang@example.com", "z***@example.com", "z***@example.com"),
        ("address", "文三路", "文三路****", "文****"),
    ],
)
def test_a_mask_that_was_made_before_hides_too(kind: str, value: str, before: str, after: str) -> None:
    one = customer("user:1", contact={"phone": "13800000000"})
    (cipher,) = privacy.customer_ciphers([one.pk]).values()
    sealed = cipher.encrypt(value)
    point = ContactPoint.objects.create(
        customer_id=one.pk, kind=kind, masked=before, ciphertext=sealed, digest=b"1", tail_digest=b"tail"
    )
    migration = import_module("zhiji.flow.profile.migrations.0003_masks_hide")
    with connection.cursor() as cursor:
        for statement in (migration.PHONES, migration.EMAILS, migration.ADDRESSES, migration.TAILS):
            cursor.execute(statement)
    point.refresh_from_db()
    assert point.masked == after
    assert bool(bytes(point.tail_digest)) == (kind == "phone" and len(value) > 8)


def test_values_of_former_writings_are_found_and_kept_once(alice: User) -> None:
    root = customer("user:1", name="机主", contact={"phone": "13900021103", "email": "li@例子.中国"}).pk
    cipher = privacy.customer_ciphers([root])[root]
    formers = ("phone", "8613900021103"), ("phone", "01062345678"), ("phone", "12345"), ("email", "li@例子.中国")
    for kind, former in formers:
        row = dict(
            zip(contacts.COLUMNS.split(", "), contacts.row(root, kind, former, cipher, clock.now()), strict=True)
        )
        ContactPoint.objects.create(**row, state="bounced")
    assert search(alice, "010-6234 5678") == []
    migration = import_module("zhiji.flow.profile.migrations.0005_contact_values_respelled")
    migration.respell(None, SimpleNamespace(connection=connection))
    assert [one.name for one in search(alice, "010-6234 5678")] == ["机主"]
    kept = set(ContactPoint.objects.values_list("masked", "state"))
    assert kept == {(mask, "bounced") for mask in ("***@xn--fsqu00a.xn--fiqs8s", "10****5678", "139****1103", "****5")}
    assert migration.respell(None, SimpleNamespace(connection=connection)) is None and len(kept) == 4
