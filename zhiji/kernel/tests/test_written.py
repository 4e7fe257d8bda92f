"""Query sets that are written in SQL once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from zhiji.access.models import Role, User
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark
from zhiji.kernel.written import written_once

pytestmark = pytest.mark.django_db
made: list[str] = []


@written_once
def of_role(role: str, least: int) -> QuerySet[User]:
    made.append(str(role))
    return User.objects.filter(role=role, pk__gt=least, is_active=True).order_by("pk")[:2]


@written_once
def names_up_to(at: object) -> QuerySet[Watermark, str]:
    return Watermark.objects.filter(at__lte=at).order_by("name").values_list("name", flat=True)


def test_each_call_has_its_own_values_and_the_query_set_is_made_once() -> None:
    made.clear()
    anna, bert, cleo = (User.objects.create_user(name, role=Role.SALES) for name in ("anna", "bert", "cleo"))
    dora = User.objects.create_user("dora", role=Role.MANAGER)
    assert of_role(Role.SALES, 0) == [anna, bert]
    assert of_role(least=anna.pk, role=Role.SALES) == [bert, cleo]
    assert of_role(Role.MANAGER, 0) == [dora]
    assert len(made) <= 1


def test_nothing_of_an_answer_is_kept() -> None:
    assert of_role(Role.ANALYST, 0) == []
    finn = User.objects.create_user("finn", role=Role.ANALYST)
    assert of_role(Role.ANALYST, 0) == [finn]
    User.objects.filter(pk=finn.pk).update(display_name="Finn", is_active=True)
    assert [one.display_name for one in of_role(Role.ANALYST, 0)] == ["Finn"]
    User.objects.filter(pk=finn.pk).update(is_active=False)
    assert of_role(Role.ANALYST, 0) == []


def test_a_value_that_would_end_the_text_is_a_value() -> None:
    User.objects.create_user("gina", role=Role.SALES)
    assert of_role("'; DELETE FROM access_user; --", 0) == []
    assert [one.username for one in of_role(Role.SALES, 0)] == ["gina"]


def test_moments_and_columns_are_asked_for_alike() -> None:
    now = clock.now()
    Watermark.objects.create(name="a", at=now - timedelta(days=1))
    Watermark.objects.create(name="b", at=now)
    assert names_up_to(now) == ["a", "b"]
    assert names_up_to(now - timedelta(hours=1)) == ["a"]


@pytest.mark.django_db(transaction=True)
def test_threads_ask_at_the_same_time_over_connections_of_their_own() -> None:
    people = {role: User.objects.create_user(f"one {role}", role=role) for role in (Role.SALES, Role.SERVICE)}
    wrong: list[object] = []

    def ask(role: Role) -> None:
        try:
            wrong.extend(found for _ in range(50) if (found := of_role(role, 0)) != [people[role]])
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[role]) for role in list(people) * 3]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not wrong
    assert of_role(Role.SALES, 0) == [people[Role.SALES]]


def test_a_whole_number_that_no_column_can_have_finds_nothing() -> None:
    assert of_role(Role.ADMINISTRATOR, 10**20) == [] and of_role(Role.ADMINISTRATOR, 2**63 - 1) == []
