"""What Aliyun refuses of SendSms, as its pages "API错误码", "短信发送频率限制", "签名规范" and "模板规范" have it."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from zhiji.flow.deliver.channels.sms.segments import segments, units
from zhiji.flow.deliver.channels.sms.wording import ADDRESS, OPT_OUT, VARIABLE

BEIJING = ZoneInfo("Asia/Shanghai")
MOBILE = re.compile(r"1[3-9]\d{9}")
MOST_NUMBERS = 1000
CODE_LIMITS = ((1, "minute"), (5, "hour"), (10, "day"))
OTHERS_A_DAY = 50


class Refusal(Exception):
    """A code of Aliyun's, with the HTTP status it comes with."""

    def __init__(self, code: str, words: str = "", status: int = 200) -> None:
        super().__init__(code)
        self.code, self.words, self.status = code, words or code, status


@dataclass(frozen=True)
class Template:
    code: str
    text: str
    kind: str  # code, notice or marketing


@dataclass(frozen=True)
class Sent:
    """A message that was taken: one a number."""

    biz_id: str
    phone: str
    sign: str
    template: Template
    text: str
    out_id: str
    at: datetime

    @property
    def parts(self) -> int:
        return segments(self.text)


@dataclass
class Account:
    """A customer of Aliyun: keys, what was approved, money. `signs`: by name, the kinds of text they are for."""

    key_id: str
    secret: str
    signs: dict[str, frozenset[str]] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    money: int = 1_000_000
    report_url: str = ""
    up_url: str = ""
    sent: list[Sent] = field(default_factory=list)

    def approve(self, template: Template) -> None:
        """Raises Refusal for a text that would not be approved."""
        text = template.text
        bare = re.sub(r"[\W_]", "", VARIABLE.sub("", text).removesuffix(OPT_OUT))
        if template.kind == "marketing" and not text.endswith(OPT_OUT):
            raise Refusal("isv.TEMPLATE_NO_OPT_OUT", "推广短信要以退订方式结尾")
        if template.kind != "marketing" and OPT_OUT in text:
            raise Refusal("isv.TEMPLATE_OPT_OUT", "通知短信不能带退订方式")
        if "【" in text or "】" in text or not bare or units(text) > 500:
            raise Refusal("isv.SMS_TEMPLATE_CONTENT_ILLEGAL", "模板内容不合规范")
        self.templates[template.code] = template


def send(account: Account, asked: Mapping[str, str], biz_id: str, now: datetime) -> list[Sent]:
    """Take what is asked, one message a number, all under one BizId. Raises Refusal; then nothing is taken."""
    numbers = asked["PhoneNumbers"].split(",")
    if len(numbers) > MOST_NUMBERS:
        raise Refusal("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    if any(not MOBILE.fullmatch(one) for one in numbers):
        raise Refusal("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
    template, sign = _approved(account, asked)
    text = f"【{sign}】{_filled(template, asked.get('TemplateParam', ''))}"
    if units(text) > 500:
        raise Refusal("isv.SMS_CONTENT_ILLEGAL", "短信内容超长")
    cost = segments(text) * len(numbers)
    if account.money < cost:
        raise Refusal("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
    made = [Sent(biz_id, one, sign, template, text, asked.get("OutId", ""), now) for one in numbers]
    for one in made:
        _limited(account, one)
    account.money -= cost
    account.sent += made
    return made


def _approved(account: Account, asked: Mapping[str, str]) -> tuple[Template, str]:
    sign = asked["SignName"]
    if sign not in account.signs:
        raise Refusal("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
    template = account.templates.get(asked["TemplateCode"])
    if template is None:
        raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
    if template.kind not in account.signs[sign]:
        raise Refusal("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "签名的适用场景与模板类型不匹配")
    return template, sign


def _filled(template: Template, given: str) -> str:
    names = list(dict.fromkeys(VARIABLE.findall(template.text)))
    try:
        values = json.loads(given) if given else {}
    except ValueError as error:
        raise Refusal("isv.INVALID_JSON_PARAM", "JSON 参数不合法") from error
    if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
        raise Refusal("isv.INVALID_JSON_PARAM", "JSON 参数只接受字符串值")
    if any(not values.get(name) for name in names):
        raise Refusal("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量")
    if set(values) - set(names):
        raise Refusal("isv.INVALID_PARAMETERS", "模板里没有这个变量")
    if any(ADDRESS.search(one) for one in values.values()):
        raise Refusal("isv.PARAM_NOT_SUPPORT_URL", "变量不支持网址")
    if any(len(one) > 35 for one in values.values()):
        raise Refusal("isv.PARAM_LENGTH_LIMIT", "变量超长")
    return VARIABLE.sub(lambda found: values[found[1]], template.text)


def _limited(account: Account, new: Sent) -> None:
    """Codes: so many a natural minute and hour (Beijing's), and in 24 hours; others so many in 24 hours."""
    before = [one for one in account.sent if one.phone == new.phone and one.sign == new.sign]
    counts: dict[str, int] = defaultdict(int)
    for one in before:
        day = one.at > new.at - timedelta(days=1)
        if new.template.kind != "code":
            counts["day"] += day and one.template.code == new.template.code
        elif one.template.kind == "code":
            counts["minute"] += _same(one.at, new.at, "%Y%m%d%H%M")
            counts["hour"] += _same(one.at, new.at, "%Y%m%d%H")
            counts["day"] += day
    limits = CODE_LIMITS if new.template.kind == "code" else ((OTHERS_A_DAY, "day"),)
    if any(counts[window] >= most for most, window in limits):
        raise Refusal("isv.BUSINESS_LIMIT_CONTROL", "触发业务流控")


def _same(one: datetime, other: datetime, form: str) -> bool:
    return one.astimezone(BEIJING).strftime(form) == other.astimezone(BEIJING).strftime(form)
