"""Whatever the API's own description allows, the API answers without a server error and as described."""

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings

from zhiji.access.models import User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
EXAMPLES = 8


@pytest.fixture
def token(alice: User) -> str:
    return create_token(by=None, user=alice, name="schema", scopes=permissions())


def test_no_described_call_is_a_server_error(token: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
        def call(case: Any) -> None:
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            assert response.status_code < 500, f"{case.method} {case.formatted_path}: {response.text[:2000]}"

        call()


def test_the_description_covers_the_stages_and_needs_a_token(client: Any) -> None:
    described = client.get("/api/openapi.json").json()["paths"]
    for noun in ("customers", "facts", "segments", "schemes", "rules", "messages"):
        assert any(path.startswith(f"/api/{noun}") for path in described), f"the API has nothing about {noun}"
        assert client.get(f"/api/{noun}").status_code == 401
