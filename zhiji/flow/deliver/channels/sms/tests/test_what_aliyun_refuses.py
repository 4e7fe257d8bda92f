"""Our client against the simulator, over a socket: each line of what Aliyun is documented to refuse."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from zhiji.flow.deliver import reasons as shared
from zhiji.flow.deliver.channel import Accepted, AccountFault, Down, Later, Refused, Unknown
from zhiji.flow.deliver.channels.sms import reasons
from zhiji.flow.deliver.channels.sms.aliyun import Aliyun
from zhiji.flow.deliver.channels.sms.signature import authorization, digest, query_of, signature
from zhiji.flow.deliver.channels.sms.simulator.rules import Account, Refusal, Template
from zhiji.flow.deliver.channels.sms.simulator.server import Running, Simulator

NOON = datetime(2026, 11, 30, 4, 0, 30, tzinfo=UTC)
KEY = ("LTAI-test", "secret")
PHONE = "13800138000"
KINDS = frozenset({"code", "notice", "marketing"})
TEXTS = {
    "SMS_1": Template("SMS_1", "验证码 ${code}，五分钟内有效。", "code"),
    "SMS_2": Template("SMS_2", "${name}，您的订单已发货。", "notice"),
    "SMS_3": Template("SMS_3", "${name}，会员周到了。拒收请回复R", "marketing"),
}


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def on(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def running(now: Clock) -> Iterator[Running]:
    account = Account(*KEY, signs={"知己小店": KINDS, "知己客服": frozenset({"notice"})}, templates=dict(TEXTS))
    simulator = Simulator(now=now)
    simulator.open(account)
    with Running(simulator) as one:
        yield one


@pytest.fixture
def aliyun(running: Running, now: Clock) -> Iterator[Aliyun]:
    one = Aliyun(KEY, endpoint=running.url, now=now)
    yield one
    one.close()


def send(aliyun: Aliyun, **other: Any) -> Any:
    given = {"phone": PHONE, "sign": "知己小店", "template": "SMS_2", "values": {"name": "王小明"}, "mark": "1-x"}
    return aliyun.send(**{**given, **other})


def said(result: Any) -> str:
    """The code that came back."""
    assert isinstance(result, Refused | Later), result
    return result.reply.split()[0]


def test_the_signature_is_that_of_the_documented_example() -> None:
    asked = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": digest(b""),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    told = signature("POST", query_of(asked), headers, b"", "YourAccessKeySecret")
    assert told == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_what_is_approved_is_taken_with_its_number(aliyun: Aliyun, running: Running) -> None:
    result = send(aliyun, values={"name": "王 小*明~"})
    (sent,) = running.simulator.sent
    assert result == Accepted(sent.biz_id) and sent.biz_id
    assert (sent.phone, sent.text, sent.out_id) == (PHONE, "【知己小店】王 小*明~，您的订单已发货。", "1-x")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"sign": "别家小店"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"template": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"sign": "知己客服", "template": "SMS_3"}, "isv.SMS_SIGNATURE_SCENE_ILLEGAL"),
        ({"values": {}}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"values": {"name": "王", "other": "x"}}, "isv.INVALID_PARAMETERS"),
        ({"values": {"name": 5}}, "isv.INVALID_JSON_PARAM"),
        ({"values": {"name": "看 https://shop.example"}}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"values": {"name": "长" * 36}}, "isv.PARAM_LENGTH_LIMIT"),
        ({"phone": ",".join([PHONE] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
    ],
)
def test_what_is_not_approved_is_refused_for_good(
    aliyun: Aliyun, running: Running, other: dict[str, Any], code: str
) -> None:
    result = send(aliyun, **other)
    assert said(result) == code and result.reason == reasons.REFUSED and result.about == "message"
    assert running.simulator.sent == []


def test_a_bad_number_is_the_addresss_fault(aliyun: Aliyun) -> None:
    result = send(aliyun, phone="1380013800")
    assert said(result) == "isv.MOBILE_NUMBER_ILLEGAL" and result.about == "address"


def test_many_numbers_share_one_biz_id(aliyun: Aliyun, running: Running) -> None:
    result = send(aliyun, phone="13800138001,13800138002")
    assert {one.biz_id for one in running.simulator.sent} == {result.provider_id}
    assert len(running.simulator.sent) == 2


@pytest.mark.parametrize(
    ("key", "code"), [(("LTAI-test", "secreT"), "SignatureDoesNotMatch"), (("nobody", "x"), "InvalidAccessKeyId")]
)
def test_a_wrong_key_is_the_accounts_fault(running: Running, now: Clock, key: tuple[str, str], code: str) -> None:
    with pytest.raises(AccountFault, match=code):
        send(Aliyun(key, endpoint=running.url, now=now))
    assert running.simulator.sent == []


def test_a_clock_that_is_a_quarter_of_an_hour_off_is_refused(running: Running, now: Clock) -> None:
    for minutes, fits in ((15, True), (-15, True), (15.02, False), (-15.02, False)):
        aliyun = Aliyun(KEY, endpoint=running.url, now=lambda minutes=minutes: now() + timedelta(minutes=minutes))
        if fits:
            assert isinstance(send(aliyun), Accepted)
        else:
            with pytest.raises(AccountFault, match=r"InvalidTimeStamp\.Expired"):
                send(aliyun)


def request(running: Running, **headers: str) -> httpx.Response:
    """A request of our own making."""
    query = query_of(
        {"PhoneNumbers": PHONE, "SignName": "知己小店", "TemplateCode": "SMS_2", "TemplateParam": '{"name":"王"}'}
    )
    signed = {
        "host": running.url.removeprefix("http://"),
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": NOON.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": "n",
        "x-acs-content-sha256": digest(b""),
        **headers,
    }
    told = authorization("POST", query, signed, b"", KEY)
    return httpx.post(f"{running.url}/?{query}", headers={**signed, "Authorization": told}, trust_env=False)


def test_a_nonce_is_good_once(running: Running) -> None:
    assert request(running).json()["Code"] == "OK"
    assert request(running).json()["Code"] == "SignatureNonceUsed"
    assert request(running, **{"x-acs-signature-nonce": "m"}).json()["Code"] == "OK"


def test_other_paths_verbs_and_versions_have_the_providers_own_error(running: Running) -> None:
    assert request(running, **{"x-acs-action": "SendNothing"}).json()["Code"] == "InvalidAction.NotFound"
    assert request(running, **{"x-acs-version": "2017-05-26"}).json()["Code"] == "InvalidVersion"
    for answer in (httpx.put(running.url, trust_env=False), httpx.get(f"{running.url}/x", trust_env=False)):
        assert answer.status_code == 404 and answer.json()["Code"] == "InvalidAction.NotFound"
    assert request(running).json()["Code"] == "OK"


def test_a_code_goes_once_in_a_natural_minute(aliyun: Aliyun, now: Clock) -> None:
    code = {"template": "SMS_1", "values": {"code": "123456"}}
    assert isinstance(send(aliyun, **code), Accepted)
    now.on(seconds=29)
    refused = send(aliyun, **code)
    assert isinstance(refused, Later) and said(refused) == "isv.BUSINESS_LIMIT_CONTROL"
    now.on(seconds=1)  # 12:01:00, another minute
    assert isinstance(send(aliyun, **code), Accepted)


def test_codes_go_five_an_hour_and_ten_in_a_day_that_rolls(aliyun: Aliyun, now: Clock) -> None:
    code = {"template": "SMS_1", "values": {"code": "123456"}}
    taken = []
    for _ in range(6):
        taken.append(isinstance(send(aliyun, **code), Accepted))
        now.on(minutes=1)
    assert taken == [True] * 5 + [False], "a refused one isn't counted"
    now.on(minutes=54)  # 13:00:30
    for _ in range(6):
        taken.append(isinstance(send(aliyun, **code), Accepted))
        now.on(minutes=1)
    assert taken[6:] == [True] * 5 + [False]
    now.on(hours=22, minutes=50)  # the first of yesterday still counts
    assert said(send(aliyun, **code)) == "isv.BUSINESS_LIMIT_CONTROL"
    now.on(minutes=10)
    assert isinstance(send(aliyun, **code), Accepted)


def test_notices_go_fifty_a_day(aliyun: Aliyun) -> None:
    assert all(isinstance(send(aliyun), Accepted) for _ in range(50))
    assert said(send(aliyun)) == "isv.BUSINESS_LIMIT_CONTROL"
    assert isinstance(send(aliyun, phone="13800138001"), Accepted)


def test_without_money_it_is_the_accounts_fault(aliyun: Aliyun, running: Running) -> None:
    running.simulator.accounts[KEY[0]].money = 1
    assert isinstance(send(aliyun), Accepted)
    with pytest.raises(AccountFault, match="AMOUNT_NOT_ENOUGH"):
        send(aliyun)


def test_what_account_a_has_account_b_has_not(running: Running, now: Clock) -> None:
    running.simulator.open(Account("LTAI-b", "b"))
    result = send(Aliyun(("LTAI-b", "b"), endpoint=running.url, now=now))
    assert said(result) == "isv.SMS_SIGNATURE_ILLEGAL"


@pytest.mark.parametrize(("fault", "taken"), [("silent", 0), ("taken and silent", 1), ("broken", 1)])
def test_silence_is_unknown_whether_it_was_taken_or_not(
    aliyun: Aliyun, running: Running, fault: Any, taken: int
) -> None:
    running.simulator.faults.append(fault)
    assert isinstance(send(aliyun), Unknown)
    assert len(running.simulator.sent) == taken


def test_a_busy_server_is_for_later_and_one_that_is_not_there_is_down(aliyun: Aliyun, running: Running) -> None:
    running.simulator.faults.append("busy")
    assert send(aliyun) == Later(
        shared.TEMPORARY, "ServiceUnavailable The request has failed due to a temporary failure"
    )
    with pytest.raises(Down):
        send(Aliyun(KEY, endpoint="http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        ("marketing", "会员周到了。", False),
        ("marketing", "会员周到了。拒收请回复R", True),
        ("notice", "已发货。拒收请回复R", False),
        ("notice", "【店】已发货。", False),
        ("notice", "${all}", False),
        ("notice", "长" * 501, False),
        ("notice", "已发货。", True),
    ],
)
def test_a_text_is_approved_by_the_rules(kind: str, text: str, fits: bool) -> None:
    account = Account("a", "b")
    if fits:
        account.approve(Template("SMS_5", text, kind))
        assert "SMS_5" in account.templates
    else:
        with pytest.raises(Refusal):
            account.approve(Template("SMS_5", text, kind))


def test_the_parameters_travel_as_one_json_text(aliyun: Aliyun, running: Running) -> None:
    assert isinstance(send(aliyun, values={"name": '引"号\\'}), Accepted)
    assert running.simulator.sent[0].text == '【知己小店】引"号\\，您的订单已发货。'
    assert json.loads('{"name": "x"}')
