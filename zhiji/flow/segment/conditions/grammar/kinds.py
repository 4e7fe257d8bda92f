"""How every kind of condition is said and read: one declaration each, in Chinese and English.

A new kind is a new line in KINDS, and a line in FORMS for each slot that isn't there yet.
"""

from __future__ import annotations

from typing import Any

from zhiji.flow.profile.channels import consent_channels
from zhiji.flow.segment.conditions.grammar.forms import Absent, Choice, Either, Form, Many
from zhiji.flow.segment.conditions.grammar.groups import Groups, Taken
from zhiji.flow.segment.conditions.grammar.names import ATTRIBUTE, CLASS, FACT, PROPERTY, SCHEME, SEGMENT, TAG
from zhiji.flow.segment.conditions.grammar.template import Template
from zhiji.flow.segment.conditions.grammar.values import Day, Number, Share, Text, Value
from zhiji.flow.segment.conditions.words import EN, MEASURE_LABELS, ZH

FORMS: dict[str, Form] = {}
PERIODS = ("days", "weeks", "months", "quarters", "years")
TO = (" 至 ", " to ")
LISTED = ("、", ", ")


def template(zh: str, en: str, **fixed: Any) -> Template:
    """A whole object; `fixed` are its fields that the wording stands for."""
    return Template(FORMS, zh, en, fixed)


def part(zh: str, en: str, **fixed: Any) -> Template:
    """Some fields of an object."""
    return Template(FORMS, zh, en, fixed, part=True)


def heard(zh: str, en: str, **fixed: Any) -> Template:
    """Another wording of a whole object, understood but never said."""
    return Template(FORMS, zh, en, fixed, heard=True)


def said(*words: str) -> Choice:
    """One of these words."""
    return Choice({word: (ZH[word], EN[word]) for word in words})


def _taken_where(value: Any) -> Taken | None:
    for name in ("all", "any"):
        if isinstance(value.get(name), list):
            return name, value[name]
    return ("not", [value["not"]]) if value.get("not") is not None else None


def _made_where(name: str, parts: list[Any]) -> Any:
    return {name: parts[0] if name == "not" else parts}


OPS = ("eq", "ne", "gt", "ge", "lt", "le")


def channels() -> dict[str, tuple[str, str]]:
    """What sources may report consents for, and every channel that there is."""
    known = {"push": ("推送", "push"), "webhook": ("接口", "webhook")}
    return known | {one.key: one.words for one in consent_channels()}


ONE = part("{op:of_one} {value:one}", "{op:of_one} {value:one}")
COMPARED = (
    part("{op:emptiness}", "{op:emptiness}", value=None),
    part("{op:of_two} {value:between}", "{op:of_two} {value:between}"),
    part("{op:of_several} {value:several}", "{op:of_several} {value:several}"),
)
WINDOWS = (
    template("近 {last:whole} {unit}", "in the last {last:whole} {unit}"),
    template("今天", "today", this="day"), template("本周", "this week", this="week"),
    template("本月", "this month", this="month"), template("本季度", "this quarter", this="quarter"),
    template("今年", "this year", this="year"), template("昨天", "yesterday", previous=1, unit="days"),
    template("上周", "last week", previous=1, unit="weeks"),
    template("上个月", "last month", previous=1, unit="months"),
    template("上季度", "last quarter", previous=1, unit="quarters"),
    template("去年", "last year", previous=1, unit="years"),
    template("前 {previous:whole} 个{unit:periods}", "in the previous {previous:whole} calendar {unit}"),
    template(
        "截至 {ending:whole} {unit}前的 {last:whole} {unit}",
        "in the {last:whole} {unit} up to {ending:whole} {unit} ago",
    ),
    template("{since:day} 至 {until:day}", "from {since:day} to {until:day}"),
    template("{since:day} 起", "since {since:day}"),
    template("截至 {until:day}", "until {until:day}"),
    template("{after:anchor} 之后[ {within}内]", "[within {within} ]after the {after:anchor}"),
    template("{before:anchor} 之前[ {within}内]", "[within {within} ]before the {before:anchor}"),
)  # fmt: skip
MEASURED = (
    part("次数", "count", measure="count", property=None),
    part("{property} {measure:aggregate}[ 扣除 {less:fact}]", "{measure:aggregate} of {property}[ less {less:fact}]"),
)
FORMS.update(
    # names
    fact=FACT, property=PROPERTY, same=PROPERTY, attribute=ATTRIBUTE, scheme=SCHEME, segment=SEGMENT, tag=TAG,
    classes=Many(CLASS, LISTED), classes_before=Many(CLASS, LISTED), channel=Either(Choice(channels), Text()),
    purpose=Either(Choice({"marketing": ("营销", "marketing"), "service": ("服务", "service")}), Text()),
    # values
    number=Number(), whole=Number(whole=True), day=Day(), text=Text(), one=Value(), several=Many(Value(), LISTED),
    between=Many(Value(), TO, 2, 2), share=Share(), shares=Many(Share(), TO, 2, 2),
    # words
    compare=said(*OPS), of_one=said(*OPS, "contains", "starts"), emptiness=said("empty", "not_empty"),
    of_two=said("between"), of_several=said("in", "not_in", "has_any", "has_all"),
    aggregate=said("count", "sum", "average", "min", "max", "distinct", "first", "last"),
    unit=said("minutes", "hours", "days", "weeks", "months", "quarters", "years"),
    periods=Choice({unit: (f"自然{ZH[unit].removeprefix('个')}", EN[unit]) for unit in PERIODS}),
    score=said("recency", "frequency", "monetary"), end=said("top", "bottom"), named_measure=Choice(MEASURE_LABELS),
    type=Choice({
        "text": ("文字", "text"), "number": ("数字", "number"), "date": ("日期", "date"), "list": ("列表", "list"),
        "flag": ("是否", "flag"),
    }),
    granted=Choice({True: ("同意接收", "consents to"), False: ("拒绝接收", "refuses")}),
    calendar=Choice({"own": ("", ""), "solar": ("公历", "solar"), "lunar": ("农历", "lunar")}),
    which=Choice({"first": ("首次", "first"), "last": ("最近一次", "last")}),
    # parts
    compared=Either(ONE, *COMPARED),
    measured=Either(*MEASURED),
    window=Either(*WINDOWS),
    or_ever=Either(*WINDOWS, Absent(("累计", "ever"))),
    within=template("{last:whole} {unit}", "{last:whole} {unit}"),
    anchor=template("{which} {fact}[（{where}）]", "{which} {fact}[ ({where})]"),
    step=template("{fact}[（{where}）]", "{fact}[ ({where})]"),
    where=Groups(part("{property} {*compared}", "{property} {*compared}"), _taken_where, _made_where, listed=True),
)  # fmt: skip
MEASURE = (
    "{window:or_ever} {fact}[（{where}）] {*measured}", "{fact}[ ({where})]: {*measured} {window:or_ever}"
)  # fmt: skip
FORMS.update(
    measure=template(*MEASURE),
    other=template(f"{MEASURE[0]}[ × {{times:number}}][ ÷ {{per:number}}]",
                   f"{MEASURE[1]}[ × {{times:number}}][ ÷ {{per:number}}]"),
    held=Either(
        template("已满 {value:whole} 天", "for at least {value:whole} days", op="ge"),
        template("已 {op:compare} {value:whole} 天", "for {op:compare} {value:whole} days"),
    ),
    steps=Many(FORMS["step"], (" → ", " → "), 2, 5),
)  # fmt: skip
FORMS["measure_or_name"] = Either(FORMS["named_measure"], FORMS["measure"])
FORMS["compared_measure"] = Either(ONE, *COMPARED, part("{op:of_one} {value:other}", "{op:of_one} {value:other}"))
FORMS["group"] = Either(
    template("同一 {attribute} 内", "within the same {attribute}"),
    template("同一 {scheme} 类别内", "within the same {scheme} class"),
)
FORMS["ranked"] = Either(
    part("排名{op:end} {share}", "in the {op:end} {share}"),
    part("排名前 {share:shares}", "in the top {share:shares}", op="between"),
)
FORMS["kept"] = Either(
    part("{calendar}生日", "{calendar} birthday", attribute="birthday"),
    part("{calendar}{attribute} 周年", "{calendar} anniversary of {attribute}"),
)
FORMS["around"] = Either(
    part("是今天", "is today", before=0, after=0),
    part("在今天起 {before:whole} 天内", "is in the next {before:whole} days", after=0),
    part("在今天前 {after:whole} 天内", "was in the last {after:whole} days", before=0),
    part(
        "在今天前 {after:whole} 天至后 {before:whole} 天内",
        "is from {after:whole} days ago to {before:whole} days ahead",
    ),
)
KINDS: dict[str, tuple[Template, ...]] = {
    "behaviour": (
        template(f"{MEASURE[0]} {{*compared_measure}}", f"{MEASURE[1]} {{*compared_measure}}"),
        heard("[{window} ]没有 {fact}[（{where}）]", "no {fact}[ ({where})][ {window}]", op="eq", value=0),
        heard("[{window} ]有过 {fact}[（{where}）]", "any {fact}[ ({where})][ {window}]", op="ge", value=1),
        heard(
            "[{window} ]{fact}[（{where}）] {value:whole} 次以上",
            "at least {value:whole} {fact}[ ({where})][ {window}]",
            op="ge",
        ),
    ),
    "attribute": (template("{name:attribute}[（{type}）] {*compared}", "{name:attribute}[ ({type})] {*compared}"),),
    "recency": (
        template(
            "距上次 {fact}[（{where}）] {op:compare} {value:whole} {unit}",
            "time since the last {fact}[ ({where})] {op:compare} {value:whole} {unit}",
        ),
    ),
    "sequence": (
        template(
            "[{window}<内> ]{steps}[（同一 {same}）][，{within}<内>]",
            "{steps}[ (same {same})][, within {within}][, {window}]",
        ),
    ),
    "absence": (
        template(
            "[{window}<内> ]{fact}[（{where}）] 后 {within}内 没有 {without:step}[（同一 {same}）]",
            "{fact}[ ({where})] not followed by {without:step}[ (same {same})] within {within}[, {window}]",
        ),
    ),
    "nth": (
        template(
            "[{window}<内> ]第 {n:whole} 次 {fact}[（{where}）]",
            "occurrence {n:whole} of {fact}[ ({where})][ {window}]",
        ),
    ),
    "regular": (
        template(
            "近 {of:whole} {unit} 至少 {at_least:whole} {unit} 有 {fact}[（{where}）]",
            "{fact}[ ({where})] in at least {at_least:whole} of the last {of:whole} {unit}",
        ),
    ),
    "stopped": (
        template(
            "近 {quiet:within} 没有 {fact}[（{where}）]，此前 {before:within} 至少 {times:whole} 次",
            "no {fact}[ ({where})] in the last {quiet:within}, at least {times:whole} in the {before:within} before",
        ),
    ),
    "resumed": (
        template(
            "近 {recent:within} 又有 {fact}[（{where}）]，此前 {quiet:within} 没有",
            "{fact}[ ({where})] again in the last {recent:within}, none in the {quiet:within} before",
        ),
    ),
    "anniversary": (template("{*kept} {*around}", "{*kept} {*around}"),),
    "elapsed": (
        template("年龄 {op:compare} {value:whole}< 岁>", "age {op:compare} {value:whole}",
                 attribute="birthday", unit="years", direction="since"),
        template("{attribute} 至今 {op:compare} {value:whole} {unit}",
                 "time since {attribute} {op:compare} {value:whole} {unit}", direction="since"),
        template("距 {attribute} 还有 {op:compare} {value:whole} {unit}",
                 "time until {attribute} {op:compare} {value:whole} {unit}", direction="until"),
    ),
    "score": (template("{measure:score} {op:compare} {value:whole}", "{measure:score} {op:compare} {value:whole}"),),
    "rank": (
        template("{measure:measure_or_name} {*ranked}[（{within:group}）]",
                 "{measure:measure_or_name} {*ranked}[ {within:group}]"),
    ),
    "class": (
        template("属于 {scheme} = {classes}[，{held}][，之前是 {previous:classes_before}]",
                 "in class {scheme} = {classes}[, {held}][, previously {previous:classes_before}]"),
    ),
    "segment": (template("属于客群{segment}[，{held}]", "in segment {segment}[, {held}]"),),
    "tag": (template("带有标签{tag}", "tagged {tag}"),),
    "consent": (template("{granted} {channel} {purpose}", "{granted} {channel} {purpose}"),),
    "bucket": (
        template("随机分组{salt:text} 第 {from:whole} 至 {to:whole} 组，共 {of:whole} 组",
                 "random groups {from:whole} to {to:whole} of {of:whole} by {salt:text}"),
    ),
}  # fmt: skip
"""The wordings of every kind, the likeliest first."""
for _kind, _wordings in KINDS.items():
    for _one in _wordings:
        _one.fixed["kind"] = _kind
