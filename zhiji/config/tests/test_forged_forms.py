"""A form that another site sent in a signed-in user's name is refused wherever forms are taken."""

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from zhiji.access.models import User
from zhiji.config.tests.test_masks_everywhere import _filled, _routes
from zhiji.config.urls import urlpatterns

WITHOUT = ("api/", "m/u/", "m/p/", "m/in/", "static/")
"""The API knows no cookie; letters' links carry their own mark, and so do addresses that providers call."""


def _leads_somewhere(path: str) -> bool:
    try:
        return resolve(path).func is not None
    except Resolver404:
        return False


@pytest.mark.django_db
def test_a_form_that_another_site_sent_is_refused_at_every_address(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    routes = [route for route in _routes(urlpatterns, "") if not route.startswith(WITHOUT)]
    asked, taken = set(), set()
    for route in routes:
        path = next(iter(_filled(route)), None)
        if path is None or not _leads_somewhere(f"/{path}"):
            continue
        asked.add(route)
        if browser.post(f"/{path}", {"name": "x"}).status_code != 403:
            taken.add(route)
    assert len(asked) > 100
    assert not taken
    browser.get("/me/")
    token = browser.cookies["csrftoken"].value
    assert browser.post("/me/", {"csrfmiddlewaretoken": token}).status_code != 403
