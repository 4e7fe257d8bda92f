"""The pages show each user their own customers' messages, and change only what the user may."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.deliver import queries, reasons
from zhiji.flow.deliver.models import DeliverySettings, Message, ReceivedMail, Template
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.resolve.models import Customer

Plan = Callable[..., Message]
SignedIn = Callable[[User], Client]


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_ledger_says_why_in_words(signed_in: SignedIn, mark: User, plan: Plan, post: Post, sender: Sender) -> None:
    plan(make_customer("李雷", consent=None))
    sender.round()
    page = text(signed_in(mark), "/messages/")
    assert "李雷" in page and "客户没有同意接收营销邮件" in page
    assert "李雷" not in text(signed_in(mark), "/messages/?state=sent")


def test_without_a_server_the_page_says_what_to_do(signed_in: SignedIn, mark: User, plan: Plan) -> None:
    plan(make_customer())
    assert "ZHIJI_SMTP_URL" in text(signed_in(mark), "/messages/")


def test_sales_see_their_own_customers_messages_only(signed_in: SignedIn, bob: User, plan: Plan) -> None:
    own, other = plan(make_customer("韩梅", owner=bob)), plan(make_customer("李雷"))
    client = signed_in(bob)
    page = text(client, "/messages/")
    assert "韩梅" in page and "李雷" not in page
    assert text(client, f"/messages/{own.pk}/") and client.get(f"/messages/{other.pk}/").status_code == 404
    assert client.get(f"/messages/{other.pk}/letter").status_code == 404


def test_the_analyst_sees_no_messages(signed_in: SignedIn, anna: User, house: DeliverySettings) -> None:
    assert signed_in(anna).get("/messages/").status_code == 403


def test_a_sent_letter_is_shown_as_it_was(
    signed_in: SignedIn, mark: User, plan: Plan, post: Post, sender: Sender, template: Template
) -> None:
    message = plan(make_customer())
    sender.round()
    client = signed_in(mark)
    client.post(
        "/templates/care/", {"name": "关怀", "purpose": "marketing", "subject": "新", "html": "新文", "text": "新"}
    )
    answer = client.get(f"/messages/{message.pk}/letter")
    assert "尊敬的王先生" in answer.content.decode() and "/m/c/" not in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy and "script-src" not in policy and "default-src 'none'" in policy


def test_a_person_writes_to_a_customer_once(signed_in: SignedIn, mark: User, customer: Customer) -> None:
    client, path = signed_in(mark), f"/messages/new?customer={customer.pk}"
    letter = {"template": "", "purpose": "service", "subject": "您的订单", "text": "到了", "key": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(path, letter).status_code == 302
    message = Message.objects.get()
    assert (message.by, message.purpose, message.subject) == (mark, "service", "您的订单")
    assert client.post(path, letter | {"subject": "", "key": str(uuid.uuid4())}).status_code == 422


def test_sales_may_not_write(signed_in: SignedIn, bob: User, house: DeliverySettings) -> None:
    customer = make_customer(owner=bob)
    assert signed_in(bob).get(f"/messages/new?customer={customer.pk}").status_code == 403


def test_cancelling_and_trying_again(signed_in: SignedIn, mark: User, plan: Plan, post: Post, sender: Sender) -> None:
    message, client = plan(make_customer()), signed_in(mark)
    client.post(f"/messages/{message.pk}/cancellation")
    assert sender.round() is False and state_of(message) == ("refused", reasons.CANCELLED)
    client.post(f"/messages/{message.pk}/retry")
    sender.round()
    assert state_of(message)[0] == "sent" and len(post.mails) == 1


def test_a_template_with_a_mistake_is_not_kept(signed_in: SignedIn, mark: User, house: DeliverySettings) -> None:
    form = {"name": "新", "key": "new", "purpose": "marketing", "subject": "a", "html": "{{ cupon }}", "text": "b"}
    answer = signed_in(mark).post("/templates/new", form)
    assert answer.status_code == 422 and "cupon" in answer.content.decode()
    assert not Template.objects.exists()


def test_the_preview_shows_the_chosen_customer_or_what_is_wrong(
    signed_in: SignedIn, mark: User, bob: User, customer: Customer
) -> None:
    form = {"subject": "s", "html": "<p>{{ customer.name }}</p>", "text": "t", "customer": customer.pk}
    client = signed_in(mark)
    assert "王小明" in client.post("/templates/preview", form).content.decode()
    assert "王小明" not in signed_in(bob).post("/templates/preview", form).content.decode()
    assert "没有变量" in client.post("/templates/preview", form | {"html": "{{ x }}"}).content.decode()


def test_a_test_goes_to_ones_own_address(signed_in: SignedIn, mark: User, template: Template, post: Post) -> None:
    mark.email = "mark@shop.example"
    mark.save()
    signed_in(mark).post("/templates/care/test")
    assert [to for _, to in post.envelopes] == ["mark@shop.example"] and not Message.objects.exists()


def test_only_an_administrator_changes_the_settings(
    signed_in: SignedIn, alice: User, mona: User, house: DeliverySettings
) -> None:
    row = queries.delivery_settings()
    form = {
        field.name: getattr(row, field.name) for field in row._meta.fields if field.name not in ("id", "updated_at")
    }
    form |= {"cap_per_day": 2}
    assert signed_in(mona).post("/settings/delivery/", form).status_code == 403
    assert signed_in(alice).post("/settings/delivery/", form).status_code == 302
    assert queries.delivery_settings().cap_per_day == 2
    assert signed_in(alice).post("/settings/delivery/", form | {"cap_per_day": -1}).status_code == 422


def test_the_mailbox_is_of_the_demo_only(
    signed_in: SignedIn, mark: User, house: DeliverySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"Subject: hi\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<head></head><script>x</script>hello"
    mail = ReceivedMail.objects.create(message_id="<1@x>", envelope_from="", envelope_to="a@b", subject="hi", raw=raw)
    client = signed_in(mark)
    assert client.get("/mailbox/").status_code == 404
    monkeypatch.setattr(settings, "DEMO", True)
    assert "hi" in text(client, "/mailbox/") and "a@b" in text(client, f"/mailbox/{mail.pk}/")
    answer = client.get(f"/mailbox/{mail.pk}/letter")
    assert "allow-scripts" not in answer["Content-Security-Policy"] and "sandbox" in answer["Content-Security-Policy"]


@pytest.fixture
def bearer() -> Callable[[User], dict[str, str]]:
    def make(user: User) -> dict[str, str]:
        token = create_token(by=None, user=user, name="t", scopes=["messages:read", "messages:write"])
        return {"Authorization": f"Bearer {token}"}

    return make


def test_the_api_plans_once_and_lists(
    client: Client, bearer: Callable[[User], dict[str, str]], mark: User, bob: User, template: Template
) -> None:
    customer = make_customer()
    body = {"customer": customer.pk, "key": "order-7", "template": "care"}
    for _ in range(2):
        answer = client.post("/api/messages", body, "application/json", headers=bearer(mark))
        assert answer.status_code == 201, answer.content
    listed = client.get("/api/messages", headers=bearer(mark)).json()
    assert [row["id"] for row in listed["rows"]] == [answer.json()["id"]]
    assert client.get("/api/messages", headers=bearer(bob)).json()["rows"] == []
    assert client.get(f"/api/messages/{answer.json()['id']}", headers=bearer(bob)).status_code == 404
    assert client.post("/api/messages", body, "application/json", headers=bearer(bob)).status_code == 403
    assert client.get("/api/templates/care", headers=bearer(mark)).json()["version"] == 1


def test_a_deep_page_of_the_ledger_has_the_rest(signed_in: SignedIn, mark: User, plan: Plan) -> None:
    customer = make_customer()
    for _ in range(60):
        plan(customer)
    client = signed_in(mark)
    first = client.get("/messages/").context["page"]
    second = client.get("/messages/", {"cursor": first.next}).context["page"]
    assert len(first.rows) == 50 and len(second.rows) == 10
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert timedelta(0) <= first.rows[0].planned_at - second.rows[-1].planned_at
