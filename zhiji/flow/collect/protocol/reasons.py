"""Why a request or an event can't be taken: a code, the sentence a developer gets, the sentence a user reads."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.kernel import misshapen

REASONS: dict[str, tuple[str, str | Promise]] = {
    "not_json": ("this is not JSON: {detail}", _("不是合法的 JSON：%(detail)s")),
    "too_deep": ("nested deeper than 32 levels; flatten it", _("嵌套超过 32 层，请拆平")),
    "wrong_type": ("{detail}", _("类型不对：%(detail)s")),
    "no_type": (
        "type must be one of identify, track, page, screen, group, alias",
        _("type 必须是 identify、track、page、screen、group、alias 之一"),
    ),
    "no_identity": ("either userId or anonymousId is needed", _("userId 与 anonymousId 至少要有一个")),
    "no_previous": ("alias needs previousId and userId", _("alias 需要 previousId 和 userId")),
    "no_group": ("group needs groupId", _("group 需要 groupId")),
    "no_event": ("track needs the name of the event", _("track 需要事件名 event")),
    "bad_name": (
        "an event name has letters or digits and at most 100 characters",
        _("事件名须含文字或数字，且不超过 100 个字符"),
    ),
    "personal_name": (
        "an event's name holds a phone number or an e-mail address; send it as a property, where it is sealed",
        _("事件名里有电话或邮箱，请作为属性发送，属性里的会被加密"),
    ),
    "own_name": (
        "{detail} is recorded by the platform itself and can't be sent",
        _("%(detail)s 由平台自己记录，不能从外部发送"),
    ),
    "junk_id": (
        "{detail} identifies nobody in particular; send a real id or leave it out",
        _("%(detail)s 不能代表任何一个具体的人，请改成真实的标识或去掉"),
    ),
    "bad_id": ("an id has 1 to 200 printable characters", _("标识须为 1 到 200 个可见字符")),
    "bad_time": (
        "not an ISO 8601 moment such as 2026-05-03T08:00:00.000Z",
        _("不是 ISO 8601 时间，例如 2026-05-03T08:00:00.000Z"),
    ),
    "too_old": ("earlier than 1970 after clock correction", _("校正时钟后早于 1970 年")),
    "too_big": ("an event has at most {detail} bytes", _("太大：一个事件最多 %(detail)s 字节")),
    "bad_text": (
        "has a NUL character (\\u0000) or half a surrogate pair, which no database keeps",
        _("含有空字符（\\u0000）或半个代理对，数据库存不下"),
    ),
    "huge_number": ("a whole number beyond 64 bits; send it as text", _("整数超过 64 位，请以文本发送")),
    "twice": ("a key is given twice in one object", _("同一个对象里有重复的键")),
    "bad_number": ("must be a number or a decimal text such as 12.50", _("须为数字，或 12.50 这样的小数文本")),
    "below_nothing": (
        "can't be below nothing; what is given back is told by Order Refunded, with the amount that was given back",
        _("不能小于 0；退款请另发 Order Refunded，金额写退了多少"),
    ),
    "other_currency": (
        "amounts are kept in {detail} and never added to those of another currency; convert them before you send them",
        _("金额都按 %(detail)s 记，不和别的货币相加；请换算后再发送"),
    ),
    "bad_flag": ("must be true or false", _("须为 true 或 false")),
    "bad_value": ("must be text, not an object or a list", _("须为文本，不能是对象或列表")),
    "missing": ("is needed for this event", _("这个事件必须带上它")),
    "refused": ("the database refused it: {detail}", _("数据库拒绝：%(detail)s")),
}


class Refusal(Exception):
    """An event, or a whole request, can't be taken. `place` is a path such as batch[3].timestamp."""

    def __init__(self, place: str, code: str, detail: str = "") -> None:
        super().__init__(place, code, detail)
        self.place = place
        self.code = code
        self.detail = detail

    @property
    def sentence(self) -> str:
        """The reason in English, for the developer at the other end."""
        return REASONS[self.code][0].replace("{detail}", self.detail)

    def under(self, place: str) -> "Refusal":
        """The same refusal seen from a level above: `timestamp` under `batch[3]` is `batch[3].timestamp`."""
        joined = f"{place}{'.' if self.place and not self.place.startswith('[') else ''}{self.place}"
        return Refusal(joined, self.code, self.detail)


def explained(code: str, detail: str) -> str:
    """The reason in the reader's language."""
    known = REASONS.get(code)
    told = misshapen.words(detail) if code == "wrong_type" else detail
    return str(known[1]) % {"detail": told} if known else f"{code} {detail}"
