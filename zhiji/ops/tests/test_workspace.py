"""The page of the installation: every option with where it was set, and no secret."""

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.config.options import OPTIONS


def test_every_option_is_told_and_no_secret_is(alice: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIJI_SMTP_URL", "smtp://mailer:topsecret@mail.example.com:25")
    monkeypatch.setenv("ZHIJI_SECRET_KEY", "do not show this to anybody")
    client.force_login(alice)
    page = client.get("/workspace/").content.decode()
    assert all(f"ZHIJI_{option.name}" in page for option in OPTIONS)
    assert "mail.example.com" in page and "环境变量" in page
    assert "topsecret" not in page and "do not show this" not in page


def test_a_salesperson_learns_nothing_of_it(bob: User, client: Client) -> None:
    client.force_login(bob)
    answer = client.get("/workspace/")
    assert answer.status_code == 403 and b"ZHIJI_" not in answer.content
