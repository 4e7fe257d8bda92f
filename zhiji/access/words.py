"""How the audit speaks: the verbs and objects that actions write, in the words of the screens."""

import re
from functools import partial
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from zhiji.access.models import AuditLine

ID, OBJECT = re.compile(r" ?%\(id\)s ?"), re.compile(r"%\(object\)s ?")

VERBS: dict[str, Promise | str] = {
    "attributes changed": pgettext_lazy("audit", "修改客户 %(id)s 的属性"),
    "build asked for": pgettext_lazy("audit", "请求重算 %(id)s"),
    "build cancelled": pgettext_lazy("audit", "取消重算 %(id)s"),
    "consent changed": pgettext_lazy("audit", "更改客户 %(id)s 的授权"),
    "contact changed": pgettext_lazy("audit", "更改客户 %(id)s 的联系方式"),
    "contact looked up": pgettext_lazy("audit", "按完整号码查找客户"),
    "contacts revealed": pgettext_lazy("audit", "查看%(object)s 的联系方式"),
    "coupon issued": pgettext_lazy("audit", "发出优惠券 %(id)s"),
    "coupon offer closed": pgettext_lazy("audit", "结束优惠券活动 %(id)s"),
    "coupon offer created": pgettext_lazy("audit", "新建优惠券活动 %(id)s"),
    "coupon offer reopened": pgettext_lazy("audit", "恢复优惠券活动 %(id)s"),
    "coupon offer edited": pgettext_lazy("audit", "修改优惠券活动 %(id)s"),
    "customer created": pgettext_lazy("audit", "新建客户 %(id)s"),
    "customer erased": pgettext_lazy("audit", "抹除客户 %(id)s"),
    "customers exported": pgettext_lazy("audit", "导出%(object)s 看到的客户"),
    "customers merged": pgettext_lazy("audit", "合并客户（合并 %(id)s）"),
    "customers unmerged": pgettext_lazy("audit", "拆分客户（合并 %(id)s）"),
    "cut points published": pgettext_lazy("audit", "发布分界点 %(id)s"),
    "delivery settings changed": pgettext_lazy("audit", "更改发信设置"),
    "event name removed": pgettext_lazy("audit", "删除事件映射 %(id)s"),
    "event name saved": pgettext_lazy("audit", "保存事件映射 %(id)s"),
    "export cancelled": pgettext_lazy("audit", "取消导出 %(id)s"),
    "failed steps retried": pgettext_lazy("audit", "重试规则 %(id)s 失败的步骤"),
    "import cancelled": pgettext_lazy("audit", "取消导入 %(id)s"),
    "import resumed": pgettext_lazy("audit", "继续导入 %(id)s"),
    "import started": pgettext_lazy("audit", "开始导入 %(id)s"),
    "message bounced": pgettext_lazy("audit", "收到触达 %(id)s 的退信"),
    "message cancelled": pgettext_lazy("audit", "取消触达 %(id)s"),
    "message planned": pgettext_lazy("audit", "安排触达 %(id)s"),
    "message retried": pgettext_lazy("audit", "重试触达 %(id)s"),
    "owner assigned": pgettext_lazy("audit", "分配客户 %(id)s 的负责人"),
    "password reset": pgettext_lazy("audit", "重置用户 %(id)s 的密码"),
    "picture added": pgettext_lazy("audit", "上传图片 %(id)s"),
    "pictures dropped": pgettext_lazy("audit", "清理未用的图片"),
    "priority set": pgettext_lazy("audit", "设定客户 %(id)s 的优先级"),
    "quarantined event read": pgettext_lazy("audit", "查看隔离事件 %(id)s"),
    "quarantined fact discarded": pgettext_lazy("audit", "丢弃隔离事件 %(id)s"),
    "quarantined fact replayed": pgettext_lazy("audit", "重放隔离事件 %(id)s"),
    "lake tried again": pgettext_lazy("audit", "重试写入历史库 %(id)s"),
    "rule archived": pgettext_lazy("audit", "归档规则 %(id)s"),
    "rule created": pgettext_lazy("audit", "新建规则 %(id)s"),
    "rule deleted": pgettext_lazy("audit", "删除规则 %(id)s"),
    "rule edited": pgettext_lazy("audit", "修改规则 %(id)s"),
    "rule switched off": pgettext_lazy("audit", "停用规则 %(id)s"),
    "rule switched on": pgettext_lazy("audit", "启用规则 %(id)s"),
    "scheme classes edited": pgettext_lazy("audit", "修改分类方案 %(id)s 的类别"),
    "scheme created": pgettext_lazy("audit", "新建分类方案 %(id)s"),
    "scheme edited": pgettext_lazy("audit", "修改分类方案 %(id)s"),
    "second step removed": pgettext_lazy("audit", "关闭用户 %(id)s 的两步验证"),
    "segment archived": pgettext_lazy("audit", "归档客群 %(id)s"),
    "segment created": pgettext_lazy("audit", "新建客群 %(id)s"),
    "segment edited": pgettext_lazy("audit", "修改客群 %(id)s"),
    "set-aside fact dropped": pgettext_lazy("audit", "丢弃出错的行为 %(id)s"),
    "set-aside fact tried again": pgettext_lazy("audit", "重试出错的行为 %(id)s"),
    "signed in": pgettext_lazy("audit", "登录"),
    "source created": pgettext_lazy("audit", "新建数据源 %(id)s"),
    "source disabled": pgettext_lazy("audit", "停用数据源 %(id)s"),
    "source enabled": pgettext_lazy("audit", "启用数据源 %(id)s"),
    "source renamed": pgettext_lazy("audit", "修改数据源 %(id)s 的名称"),
    "tag added": pgettext_lazy("audit", "给客户 %(id)s 加标签"),
    "tag removed": pgettext_lazy("audit", "去掉客户 %(id)s 的标签"),
    "task closed": pgettext_lazy("audit", "完成任务 %(id)s"),
    "task dropped": pgettext_lazy("audit", "放弃任务 %(id)s"),
    "task opened": pgettext_lazy("audit", "新建任务 %(id)s"),
    "task postponed": pgettext_lazy("audit", "推迟任务 %(id)s"),
    "task reassigned": pgettext_lazy("audit", "转交任务 %(id)s"),
    "template archived": pgettext_lazy("audit", "归档模板 %(id)s"),
    "template changed": pgettext_lazy("audit", "修改模板 %(id)s"),
    "template made": pgettext_lazy("audit", "新建模板 %(id)s"),
    "token created": pgettext_lazy("audit", "新建令牌 %(id)s"),
    "token revoked": pgettext_lazy("audit", "作废令牌 %(id)s"),
    "user activated": pgettext_lazy("audit", "启用账号 %(id)s"),
    "user created": pgettext_lazy("audit", "新建账号 %(id)s"),
    "user deactivated": pgettext_lazy("audit", "停用账号 %(id)s"),
    "user edited": pgettext_lazy("audit", "修改账号 %(id)s"),
    "view removed": pgettext_lazy("audit", "删除视图 %(id)s"),
    "view saved": pgettext_lazy("audit", "保存视图 %(id)s"),
    "webhook retried": pgettext_lazy("audit", "重试回调 %(id)s"),
    "webhook secret revealed": pgettext_lazy("audit", "查看回调密钥"),
    "words for nothing changed": pgettext_lazy("audit", "修改表示“没有”的词"),
    "write key rotated": pgettext_lazy("audit", "更换数据源 %(id)s 的写入密钥"),
}
"""What was done: `%(id)s` is what it was done to, `%(object)s` the same with its kind where that may differ."""
OBJECTS: dict[str, Promise | str] = {
    "access.apitoken": pgettext_lazy("audit", "令牌"),
    "access.user": pgettext_lazy("audit", "用户"),
    "act.rule": pgettext_lazy("audit", "规则"),
    "collect.importrun": pgettext_lazy("audit", "导入"),
    "collect.nothingwords": pgettext_lazy("audit", "表示“没有”的词"),
    "collect.source": pgettext_lazy("audit", "数据源"),
    "commerce.order": pgettext_lazy("audit", "订单"),
    "deliver.message": pgettext_lazy("audit", "触达"),
    "deliver.receivedmail": pgettext_lazy("audit", "邮件"),
    "deliver.picture": pgettext_lazy("audit", "图片"),
    "deliver.template": pgettext_lazy("audit", "模板"),
    "kernel.lane": pgettext_lazy("audit", "历史库"),
    "kernel.setaside": pgettext_lazy("audit", "出错的行为"),
    "loyalty.coupon": pgettext_lazy("audit", "优惠券"),
    "loyalty.couponoffer": pgettext_lazy("audit", "优惠券活动"),
    "profile.portrait": pgettext_lazy("audit", "客户"),
    "resolve.customer": pgettext_lazy("audit", "客户"),
    "resolve.redirect": pgettext_lazy("audit", "合并"),
    "sales.task": pgettext_lazy("audit", "任务"),
    "segment.cutpoints": pgettext_lazy("audit", "分界点"),
    "segment.scheme": pgettext_lazy("audit", "分类方案"),
    "segment.segment": pgettext_lazy("audit", "客群"),
    "collect.eventname": pgettext_lazy("audit", "事件映射"),
    "collect.quarantined": pgettext_lazy("audit", "隔离事件"),
    "deliver.deliverysettings": pgettext_lazy("audit", "发信设置"),
    "deliver.webhookcall": pgettext_lazy("audit", "回调"),
    "segment.build": pgettext_lazy("audit", "重算"),
    "profile.savedview": pgettext_lazy("audit", "视图"),
}


def verb_word(verb: str) -> str:
    """The verb as the screens say it without its object; one that isn't listed stays as it was written."""
    return OBJECT.sub("…", ID.sub("", str(VERBS.get(verb, verb))))


def told(line: AuditLine) -> SafeString:
    """What was done, as a sentence whose object leads to all that was done to it."""
    thing = object_word(line.object_type)
    sentence = str(VERBS[line.verb]) if line.verb in VERBS else f"{line.verb.replace('%', '%%')} %(object)s"
    query = urlencode({"type": line.object_type, "id": line.object_id})
    link = partial(format_html, '<a href="{}?{}">{}</a>', reverse("audit"), query)
    named = f"{thing[:1].lower()}{thing[1:]} {line.object_id}"
    return SafeString(conditional_escape(sentence) % {"id": link(line.object_id), "object": link(named)})


def object_word(object_type: str) -> str:
    """The kind of object as the screens say it."""
    return str(OBJECTS.get(object_type, object_type))
