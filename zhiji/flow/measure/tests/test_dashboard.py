"""The dashboard links only to what its reader may open."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from zhiji.access.models import User
from zhiji.flow.act.models import Rule
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_rule() -> None:
    Rule.objects.create(key="thanks", name="感谢", trigger={}, steps=[])
    refresh_metrics(clock.now(), force=True)


@pytest.mark.parametrize("page", ["home", "effects"])
def test_a_marketer_gets_from_the_figures_to_the_messages(
    page: str, mark: User, signed_in: Callable[[User], Client]
) -> None:
    assert "/messages/?rule=thanks" in signed_in(mark).get(reverse(page)).content.decode()


@pytest.mark.parametrize("page", ["home", "effects"])
def test_an_analyst_sees_the_figures_without_a_way_to_the_messages(
    page: str, anna: User, signed_in: Callable[[User], Client]
) -> None:
    shown = signed_in(anna).get(reverse(page)).content.decode()
    assert "感谢" in shown and "/messages/" not in shown
