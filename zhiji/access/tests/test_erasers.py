"""Nothing can be kept of a customer that isn't forgotten with them: the house refuses such an app."""

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from zhiji.access.erasing import Person, emptied, gaps
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

    assert [one.split()[0] for one in gaps([Note, Answer, Apart])] == ["sales.Note", "sales.Answer"]
    monkeypatch.setattr("zhiji.access.erasing.gaps", lambda _models: gaps([Note]))
    assert [one.msg.split()[0] for one in run_checks() if one.id == "zhiji.E001"] == ["sales.Note"]


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
