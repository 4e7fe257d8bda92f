"""The particulars of an audit line, each with its label and in the words of the screens."""

import json
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from zhiji.access.models import AuditLine, Role
from zhiji.access.sealing import worded

LONGEST = 160
LABELS: dict[str, Promise] = {
    "added": pgettext_lazy("audit", "是添加"),
    "after": pgettext_lazy("audit", "之后"),
    "audience": pgettext_lazy("audit", "范围"),
    "before": pgettext_lazy("audit", "之前"),
    "bytes": pgettext_lazy("audit", "字节数"),
    "categories": pgettext_lazy("audit", "品类"),
    "cause": pgettext_lazy("audit", "起因"),
    "changes": pgettext_lazy("audit", "修改内容"),
    "channel": pgettext_lazy("audit", "渠道"),
    "classes": pgettext_lazy("audit", "类别"),
    "columns": pgettext_lazy("audit", "列"),
    "condition": pgettext_lazy("audit", "条件"),
    "consent": pgettext_lazy("audit", "授权"),
    "contacts": pgettext_lazy("audit", "联系方式"),
    "count": pgettext_lazy("audit", "数量"),
    "customer": pgettext_lazy("audit", "客户"),
    "customers": pgettext_lazy("audit", "客户"),
    "days": pgettext_lazy("audit", "天数"),
    "definition": pgettext_lazy("audit", "规则内容"),
    "description": pgettext_lazy("audit", "说明"),
    "display_name": pgettext_lazy("audit", "姓名"),
    "email": pgettext_lazy("audit", "邮箱"),
    "entries": pgettext_lazy("audit", "进入数"),
    "fact": pgettext_lazy("audit", "行为编号"),
    "file": pgettext_lazy("audit", "文件"),
    "fire": pgettext_lazy("audit", "触发规则"),
    "form": pgettext_lazy("audit", "文件格式"),
    "goal": pgettext_lazy("audit", "目标"),
    "grace_hours": pgettext_lazy("audit", "迟到宽限（小时）"),
    "granted": pgettext_lazy("audit", "同意"),
    "holdout": pgettext_lazy("audit", "对照组比例"),
    "host": pgettext_lazy("audit", "主机"),
    "key": pgettext_lazy("audit", "标识"),
    "kind": pgettext_lazy("audit", "类型"),
    "loser": pgettext_lazy("audit", "并入方"),
    "measure": pgettext_lazy("audit", "指标"),
    "mended": pgettext_lazy("audit", "改过内容"),
    "message": pgettext_lazy("audit", "消息编号"),
    "minimum": pgettext_lazy("audit", "使用门槛"),
    "name": pgettext_lazy("audit", "名称"),
    "offer": pgettext_lazy("audit", "优惠券"),
    "ours": pgettext_lazy("audit", "我们的名称"),
    "outcome": pgettext_lazy("audit", "结果"),
    "owner": pgettext_lazy("audit", "负责人编号"),
    "owner_name": pgettext_lazy("audit", "负责人"),
    "parts": pgettext_lazy("audit", "填写的资料"),
    "points": pgettext_lazy("audit", "各项编号或分界点"),
    "postal": pgettext_lazy("audit", "通信地址"),
    "priority": pgettext_lazy("audit", "优先级"),
    "proof": pgettext_lazy("audit", "依据"),
    "properties": pgettext_lazy("audit", "属性"),
    "purpose": pgettext_lazy("audit", "用途"),
    "query": pgettext_lazy("audit", "列表的筛选"),
    "quiet_from": pgettext_lazy("audit", "免打扰开始"),
    "quiet_until": pgettext_lazy("audit", "免打扰结束"),
    "reason": pgettext_lazy("audit", "原因"),
    "reentry_days": pgettext_lazy("audit", "再次进入间隔（天）"),
    "regions": pgettext_lazy("audit", "负责地区"),
    "role": pgettext_lazy("audit", "角色"),
    "rows": pgettext_lazy("audit", "行数"),
    "schemes": pgettext_lazy("audit", "分类方案"),
    "scopes": pgettext_lazy("audit", "权限范围"),
    "segments": pgettext_lazy("audit", "客群"),
    "sender_name": pgettext_lazy("audit", "发件人"),
    "shared": pgettext_lazy("audit", "同事可见"),
    "shop_name": pgettext_lazy("audit", "店铺名称"),
    "shop_url": pgettext_lazy("audit", "店铺网址"),
    "stage": pgettext_lazy("audit", "出错的步骤"),
    "steps": pgettext_lazy("audit", "步骤"),
    "stopped": pgettext_lazy("audit", "停下的进入"),
    "tag": pgettext_lazy("audit", "标签"),
    "tags": pgettext_lazy("audit", "标签"),
    "theirs": pgettext_lazy("audit", "来源的名称"),
    "title": pgettext_lazy("audit", "标题"),
    "trigger": pgettext_lazy("audit", "触发"),
    "user": pgettext_lazy("audit", "用户编号"),
    "username": pgettext_lazy("audit", "用户名"),
    "value": pgettext_lazy("audit", "面值"),
    "version": pgettext_lazy("audit", "版本"),
    "way": pgettext_lazy("audit", "方式"),
    "whole": pgettext_lazy("audit", "全部导出"),
    "winner": pgettext_lazy("audit", "保留方"),
}
VALUES: dict[str, Promise | str] = {
    "address": pgettext_lazy("audit", "地址"),
    "command line": pgettext_lazy("audit", "命令行"),
    "email": pgettext_lazy("audit", "邮件"),
    "marketing": pgettext_lazy("audit", "营销"),
    "member": pgettext_lazy("audit", "会员号"),
    "phone": pgettext_lazy("audit", "电话"),
    "service": pgettext_lazy("audit", "服务"),
    "sms": pgettext_lazy("audit", "短信"),
    "undo": pgettext_lazy("audit", "撤销"),
    "wechat": pgettext_lazy("audit", "微信"),
}
WORDED = {"kind", "channel", "purpose", "contacts", "consent", "way", "cause"}
"""The particulars whose values are words of ours."""


def particulars(line: AuditLine) -> list[tuple[str, str]]:
    """The line's details as (label, text): a pair of values as `before → after`, long ones cut."""
    shown = []
    for name, value in line.detail.items():
        if value in (None, "", [], {}):
            continue
        changed = isinstance(value, list) and len(value) == 2 and line.verb.endswith("edited")
        text = f"{_text(name, value[0])} → {_text(name, value[1])}" if changed else _text(name, value)
        text = worded(text)
        shown.append((label(name), text if len(text) <= LONGEST else text[:LONGEST] + "…"))
    return shown


def label(name: str) -> str:
    """What a particular is called; one of a custom field by its own name."""
    return str(LABELS.get(name, name.removeprefix("attributes.")))


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        if any(isinstance(one, dict) for one in value):
            return _("%(count)d 项") % {"count": len(value)}
        return _("、").join(_text(name, one) for one in value) or "–"
    if isinstance(value, dict):
        if "of" in value or "kind" in value:
            return json.dumps(value, ensure_ascii=False)
        told = ((_word(name, part) or label(part), _text(part, one)) for part, one in value.items())
        return _("；").join(_("%(label)s：%(text)s") % {"label": one, "text": text} for one, text in told) or "–"
    return _word(name, value) or ("–" if value is None or value == "" else str(value))


def _word(name: str, value: Any) -> str:
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    return str(VALUES.get(value, "")) if name in WORDED and isinstance(value, str) else ""
