"""Whatever the API's own description allows, the API answers without a server error and as described."""

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from zhiji.access.models import User
from zhiji.access.roles import PERMISSIONS
from zhiji.access.tokens import create_token

pytestmark = [pytest.mark.django_db]
wsgi = get_wsgi_application()
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", wsgi)


@pytest.fixture
def token(alice: User) -> str:
    return create_token(by=None, user=alice, name="schema", scopes=PERMISSIONS)


@schema.parametrize()
@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_no_described_call_is_a_server_error(case: Any, token: str) -> None:
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    assert response.status_code < 500, response.text
    case.validate_response(response, checks=[schemathesis.checks.not_a_server_error])


def test_the_description_covers_the_stages_and_needs_a_token(client: Any) -> None:
    described = client.get("/api/openapi.json").json()["paths"]
    for noun in ("customers", "facts", "segments", "schemes", "rules", "messages"):
        assert any(path.startswith(f"/api/{noun}") for path in described), f"the API has nothing about {noun}"
        assert client.get(f"/api/{noun}").status_code == 401
