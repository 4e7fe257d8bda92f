"""Nothing can be kept of a customer that isn't forgotten with them: the house refuses such an app."""

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from zhiji.access.erasing import GONE, Person, deleted, emptied, gaps
from zhiji.access.models import CustomerKey
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import registry


def test_every_model_of_a_customer_has_its_eraser() -> None:
    assert not gaps(apps.get_models())


@isolate_apps("zhiji.desks.sales")
def test_a_model_of_a_customer_without_eraser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Note(models.Model):
        customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
        said = models.TextField()

        class Meta:
            app_label = "sales"

    class Answer(models.Model):
        note = models.ForeignKey(Note, models.CASCADE)
        at = models.DateTimeField()

        class Meta:
            app_label = "sales"

    class Apart(models.Model):
        text = models.TextField()

        class Meta:
            app_label = "sales"

    assert [one.split()[0] for one in gaps([Apart, Note, Answer])] == ["sales.Note", "sales.Answer"]
    monkeypatch.setattr("zhiji.access.erasing.gaps", lambda _models: gaps([Note]))
    assert [one.msg.split()[0] for one in run_checks() if one.id == "zhiji.E001"] == ["sales.Note"]


@isolate_apps("zhiji.desks.sales")
def test_parts_of_parts_are_the_customers_three_deep_and_what_only_points_at_them_is_not() -> None:
    def pointing(name: str, at: type[models.Model], on_delete: object = models.CASCADE) -> type[models.Model]:
        meta = type("Meta", (), {"app_label": "sales"})
        field = models.ForeignKey(at, on_delete, related_name="+")  # type: ignore[arg-type]
        return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, "whole": field})

    note = pointing("Note", Customer)
    first = pointing("First", note)
    second = pointing("Second", first)
    third = pointing("Third", second)
    models_ = [pointing("Loose", note, models.PROTECT), note, first, second, third, pointing("Fourth", third)]
    keyed = [one.split()[0] for one in gaps(models_)]
    assert keyed == ["sales.Note", "sales.First", "sales.Second", "sales.Third"]


@isolate_apps("zhiji.desks.sales")
def test_a_column_that_the_eraser_says_nothing_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Note(models.Model):
        customer_id = models.BigIntegerField()
        said = models.TextField()
        day = models.DateField()
        sum = models.DecimalField(max_digits=4, decimal_places=2)

        class Meta:
            app_label = "sales"

    monkeypatch.setattr("zhiji.access.erasing.offered", lambda kind: (emptied(Note, said=""),))
    assert gaps([Note]) == ["the eraser of sales.Note says nothing of day: emptied, or kept?"]
    monkeypatch.setattr("zhiji.access.erasing.offered", lambda kind: (emptied(Note, keeps=["day"], said=""),))
    assert not gaps([Note])
    monkeypatch.setattr("zhiji.access.erasing.offered", lambda kind: (emptied(Note, keeps=["day", "sum"], said=""),))
    assert not gaps([Note])  # to name a figure that tells of nobody is no mistake


def test_rows_are_emptied_deleted_and_left_as_they_are_keyed(db: None) -> None:
    for customer in (1, 2, 3):
        CustomerKey.objects.create(customer_id=customer, wrapped=b"key")
    person = Person([1, 2])
    emptied(CustomerKey, wrapped=b"").run(person)
    kept = CustomerKey.objects.order_by("customer_id").values_list("customer_id", "wrapped")
    assert [(pk, bytes(key)) for pk, key in kept] == [(1, b""), (2, b""), (3, b"key")]
    deleted(CustomerKey).run(person)
    assert [one.customer_id for one in CustomerKey.objects.all()] == [3]


def test_a_code_of_letters_and_digits_is_no_telephone_number() -> None:
    person = Person([1], values=frozenset({"AB-1234567", "Zhang Wei 12"}))
    assert person.in_text("单号 ab-1234567") and not person.in_text("1234567")
    assert person.in_text("zhang  wei   12") and not person.in_text("12")


def test_a_number_is_found_with_and_without_its_country_and_no_other() -> None:
    person = Person([1], values=frozenset({"+8613812345678", "+442079460958"}))
    for text in ("8613812345678", "138-1234-5678", "(138) 1234.5678", "+44 20 7946 0958"):
        assert person.in_text(text), text
    for text in ("2079460958", "138  1234   5678", "8613812345679"):
        assert not person.in_text(text), text
    local = Person([1], values=frozenset({"8612345"}))
    assert local.in_text("8612345") and not local.in_text("12345")


def test_only_what_is_long_enough_to_be_theirs_is_looked_for() -> None:
    person = Person(
        [1], frozenset({"user:12345", "card:1234"}), frozenset({"98765", "9876"}), frozenset({"王芳", "王"})
    )
    assert [person.in_text(one) for one in ("12345", "1234", "card:1234", "98765", "9876")] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert person.without({"王芳": ["王", "王芳来过", 7]}) == {GONE: ["王", GONE, 7]}


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        ("打 138 1234 5678", True),
        ("打 +8613812345678 吧", True),
        ("打 138123456789", False),
        ("WANG@Example.com", True),
        ("q=wang%40example.com", True),
        ("bwang@example.com", False),
        ("会员 m-90017", True),
        ("会员 M-900171", False),
        ("user:42", True),
        ("42", False),
        ("王芳", False),
    ],
)
def test_a_person_is_found_however_their_values_are_written(text: str, theirs: bool) -> None:
    values = frozenset({"+8613812345678", "wang@example.com"})
    person = Person([1], frozenset({"user:M-90017", "user:42"}), values, frozenset({"王芳"}))
    assert person.in_text(text) is theirs
    assert (person.without([text]) == [text]) is not (theirs or "王芳" in text)


def test_a_person_of_whom_nothing_is_known_is_found_nowhere() -> None:
    assert Person([1]).without({"a": ["王芳", ""]}) == {"a": ["王芳", ""]} and not Person([1]).in_text("")


def test_offers_are_registered_once() -> None:
    from zhiji.access.erasing import Eraser

    models_ = [one.of for one in registry.offered(Eraser) if one.of]
    assert len(models_) == len(set(models_))
