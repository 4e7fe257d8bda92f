"""The text part says what the HTML says; what would be missed is told while the letter is written."""

from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.channels.email import letter
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer
from zhiji.flow.deliver.textpart import text_of
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.resolve.models import Customer


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>大</h1>\n<p>一<br>二 &amp;  三</p>", "大\n\n一\n二 & 三"),
        ('<p>看<a href="https://a.example/?x=1&amp;y=2">这里</a>。</p>', "看这里：https://a.example/?x=1&y=2。"),
        ('<p><a href="https://a.example">https://a.example</a></p>', "https://a.example"),
        ("<ul><li>甲</li><li>乙</li></ul><ol><li>丙</li><li>丁</li></ol>", "· 甲\n· 乙\n\n1. 丙\n2. 丁"),
        ('<p><img src="/m/i/x.png" alt="衬衫"></p><hr><p>后</p>', f"[衬衫]\n\n{'—' * 12}\n\n后"),
        (
            '{{ shop.url|default("https://s.example")|button("去看看") }}',
            '去看看：{{ shop.url|default("https://s.example") }}',
        ),
        ('<p>好</p>{{ "https://s.example/?a=1&b=2"|button("去") }}', "好\n\n去：https://s.example/?a=1&b=2"),
        ("{% if a < b %}<p>{{ customer.name }}</p>{% endif %}", "{% if a < b %}\n\n{{ customer.name }}\n\n{% endif %}"),
        ('<a href="{{ unsubscribe_url }}">退订</a>', "退订：{{ unsubscribe_url }}"),
        ("<style>p {}</style><p>x</p><!-- y -->", "x"),
    ],
)
def test_the_text_part_is_made_from_the_html(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_letter_without_a_text_is_sent_with_one_made_from_it(
    post: Post, sender: Sender, customer: Customer, plan: Callable[..., Message]
) -> None:
    html = "<p>{{ customer.greeting }}</p>{% if coupon.code %}{{ coupon|coupon_card }}{% endif %}"
    html += '<p><a href="https://s.example">店</a></p>'
    template = actions.save_template(
        by=None, key="made", name="自动", purpose="marketing", wording=Wording("好", html, "")
    )
    plan(customer, template)
    sender.round()
    text = post.mails[0].get_body(("plain",)).get_content().replace("\r", "")  # type: ignore[union-attr]
    assert text.startswith("尊敬的王先生，您好\n\n店：http") and "/m/c/" in text and "\n\n\n" not in text


def test_the_looks_stand_at_each_element_and_pictures_have_their_whole_address(house: DeliverySettings) -> None:
    wording = Wording("好", '<p>一</p><p><img src="/m/i/abc.png" alt="红"></p>', "")
    html = letter.fill(wording, {}, queries.delivery_settings(), message_id=None).html
    assert '<p style="margin: 0 0 16px' in html and ' src="http' in html and "@media" in html


def test_what_is_wrong_is_told_beside_the_letter(
    signed_in: Callable[[User], Client], mark: User, bob: User, house: DeliverySettings
) -> None:
    customer = make_customer()

    def told(html: str, user: User = mark) -> list[str]:
        form = {"subject": "好", "html": html, "text": "", "customer": customer.pk, "coupon": "1"}
        answer = signed_in(user).post("/templates/findings", form)
        assert answer.status_code == 200, answer.status_code
        return [one["words"] for one in answer.json()["findings"]]

    assert told("<p>{{ customer.name }}</p>") == []
    assert any("“城市”是空的" in one for one in told("<p>{{ customer.city }}</p>"))
    assert "1 张图片没有说明" in told('<p><img src="/m/i/a.png" alt=""><img src="/m/i/a.png" alt="红"></p>')[0]
    assert "没有变量" in told("<p>{{ cupon }}</p>")[0]
    assert "没有写地址" in told('<p><a href="">x</a></p>')[0]
    assert any("Gmail" in one for one in told("<p>" + "长" * 40_000 + "</p>"))
    assert signed_in(bob).post("/templates/findings", {}).status_code == 403
