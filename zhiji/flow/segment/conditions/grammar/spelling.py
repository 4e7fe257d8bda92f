"""How words may be spelt when they are read: spaces, widths of punctuation, synonyms."""

import re
from functools import cache

SYNONYMS: dict[str, tuple[str, ...]] = {
    "近": ("最近", "过去", "近"), "累计": ("累计", "历史上", "至今", "一共"), "内": ("以内", "之内", "内"),
    "且": ("并且", "而且", "且", "&&", "&", "and"), "或": ("或者", "或", "||", "or"),
    "不满足": ("不满足", "并非", "非", "not"), "之后": ("之后", "以后", "后"),
    "之前": ("之前", "以前", "前"),
    "后": ("之后", "以后", "后"),
    "没有": ("没有", "未", "没"),
    "有过": ("有过", "做过", "有", "发生过"), "次以上": ("次以上", "次及以上", "次或更多"),
    "至": ("至", "到", "~", "～"),
    "至少": ("至少", "不少于", "≥", ">="), "=": ("=", "＝", "是", "为"),
    "属于客群": ("属于客群", "在客群", "客群"), "带有标签": ("带有标签", "有标签", "标签"),
    "次数": ("次数", "笔数", "数量"), "合计": ("合计", "总和", "总计", "求和", "总额"),
    "平均": ("平均值", "平均", "均值"), "最大": ("最大值", "最大", "最高"), "最小": ("最小值", "最小", "最低"),
    "种数": ("种数", "去重数", "种类数"), "个月": ("个月", "月"), "周": ("周", "个星期", "星期", "礼拜"),
    "天": ("天", "日"), "小时": ("小时", "个小时"), "年": ("年",), "距上次": ("距上次", "距离上次", "距最近一次"),
    "≥": ("≥", ">=", "＞＝", "大于等于", "大于或等于", "不少于", "不低于", "不小于", "至少", "at least", "≧"),
    "≤": ("≤", "<=", "＜＝", "小于等于", "小于或等于", "不超过", "不多于", "不高于", "不大于", "至多", "at most", "≦"),
    ">": (">", "＞", "大于", "超过", "多于", "高于", "晚于", "more than"),
    "<": ("<", "＜", "小于", "少于", "不足", "低于", "早于", "less than"),
    "≠": ("≠", "!=", "！=", "<>", "不等于", "不是", "不为", "is not"),
    "属于": ("属于", "是其中之一", "在", "in"), "不属于": ("不属于", "不在", "not in"),
    "包含": ("包含", "含有", "含"), "开头是": ("开头是", "以此开头", "开头为"),
    "介于": ("介于", "在"), "为空": ("为空", "是空", "没有值"), "不为空": ("不为空", "非空", "有值"),
    "→": ("→", "->", "=>", "－>", "然后", "then"), "×": ("×", "*", "x", "＊", "乘以", "乘"),
    "÷": ("÷", "/", "除以"), "is one of": ("is one of", "in"), "is none of": ("is none of", "not in"),
    "and": ("and", "&&", "&"), "or": ("or", "||"), "sum of": ("sum of", "total of", "total"),
    "average of": ("average of", "mean of"), "lowest": ("lowest", "min", "minimum"),
    "highest": ("highest", "max", "maximum"), "in the last": ("in the last", "in the past", "last", "past"),
    "是": ("是", "true"), "否": ("否", "false"), "yes": ("yes", "true"), "no": ("no", "false"),
    "、": ("、", "，", ","), ", ": (",", "，", "、"), ",": (",", "，", "、"), "今天": ("今天", "今日", "当天"),
    "本周": ("本周", "这周"), "本月": ("本月", "这个月", "当月"), "首次": ("首次", "第一次"),
    "最近一次": ("最近一次", "上一次", "最后一次"), "同一": ("同一个", "同一", "相同"),
}  # fmt: skip
"""By canonical word: everything it is heard as. Chinese words also hear the English ones that need no thought."""

WIDTHS: dict[str, str] = {
    "（": "[（(]", "(": "[（(]", "）": "[）)]", ")": "[）)]", "，": "[，,]", ",": "[，,]", "：": "[：:]", ":": "[：:]",
    "%": "[%％]", "。": "[。.]", "；": "[；;]", ";": "[；;]",
}  # fmt: skip
PLURALS = re.compile(r"^(minute|hour|day|week|month|quarter|year)s$")


@cache
def pattern(text: str) -> re.Pattern[str]:
    """What `text` may be spelt as: its words (split at spaces), each with its synonyms, and any space between."""
    whole = SYNONYMS.get(text)
    heard = [_spelt(one) for one in whole] if whole else [_spelt(text, synonyms=True)]
    longest = sorted(heard, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(longest)})", re.IGNORECASE)


def _spelt(text: str, *, synonyms: bool = False) -> str:
    pieces = text.split()
    said = []
    for piece in pieces:
        options = SYNONYMS.get(piece, (piece,)) if synonyms and len(pieces) > 1 else (piece,)
        said.append("|".join(sorted((_letters(one) for one in options), key=len, reverse=True)))
    return r"\s*".join(f"(?:{one})" for one in said)


def _letters(word: str) -> str:
    if plural := PLURALS.match(word):
        return rf"{plural[1]}s?(?![A-Za-z0-9_])"
    ascii_ = word.isascii() and word[-1].isalnum()
    letters = [WIDTHS.get(one, r"\s+" if one == " " else re.escape(one)) for one in word]
    return ("" if word.isascii() else r"\s*").join(letters) + (r"(?![A-Za-z0-9_])" if ascii_ else "")
