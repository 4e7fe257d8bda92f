"""How the audit speaks: the verbs and objects that actions write, in the words of the screens."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

VERBS: dict[str, Promise | str] = {
    "attributes changed": pgettext_lazy("audit", "修改属性"),
    "build asked for": pgettext_lazy("audit", "请求重算"),
    "build cancelled": pgettext_lazy("audit", "取消重算"),
    "consent changed": pgettext_lazy("audit", "更改授权"),
    "contact changed": pgettext_lazy("audit", "更改联系方式"),
    "contacts revealed": pgettext_lazy("audit", "查看联系方式"),
    "coupon issued": pgettext_lazy("audit", "发券"),
    "coupon offer closed": pgettext_lazy("audit", "结束优惠券"),
    "coupon offer created": pgettext_lazy("audit", "新建优惠券"),
    "coupon offer edited": pgettext_lazy("audit", "修改优惠券"),
    "customer erased": pgettext_lazy("audit", "抹除客户"),
    "customers exported": pgettext_lazy("audit", "导出客户"),
    "customers merged": pgettext_lazy("audit", "合并客户"),
    "customers unmerged": pgettext_lazy("audit", "拆分客户"),
    "cut points published": pgettext_lazy("audit", "发布分界点"),
    "delivery settings changed": pgettext_lazy("audit", "更改触达设置"),
    "event name removed": pgettext_lazy("audit", "删除事件映射"),
    "event name saved": pgettext_lazy("audit", "保存事件映射"),
    "failed steps retried": pgettext_lazy("audit", "重试失败步骤"),
    "import cancelled": pgettext_lazy("audit", "取消导入"),
    "import resumed": pgettext_lazy("audit", "继续导入"),
    "import started": pgettext_lazy("audit", "开始导入"),
    "message bounced": pgettext_lazy("audit", "退信"),
    "message cancelled": pgettext_lazy("audit", "取消触达"),
    "message planned": pgettext_lazy("audit", "安排触达"),
    "message retried": pgettext_lazy("audit", "重试触达"),
    "owner assigned": pgettext_lazy("audit", "分配负责人"),
    "password reset": pgettext_lazy("audit", "重置密码"),
    "priority changed": pgettext_lazy("audit", "设定优先级"),
    "quarantined event read": pgettext_lazy("audit", "查看隔离事件"),
    "quarantined fact discarded": pgettext_lazy("audit", "丢弃隔离事件"),
    "quarantined fact replayed": pgettext_lazy("audit", "重放隔离事件"),
    "rule archived": pgettext_lazy("audit", "归档规则"),
    "rule created": pgettext_lazy("audit", "新建规则"),
    "rule deleted": pgettext_lazy("audit", "删除规则"),
    "rule edited": pgettext_lazy("audit", "修改规则"),
    "rule switched off": pgettext_lazy("audit", "停用规则"),
    "rule switched on": pgettext_lazy("audit", "启用规则"),
    "scheme classes edited": pgettext_lazy("audit", "修改分类"),
    "scheme created": pgettext_lazy("audit", "新建分类方案"),
    "scheme edited": pgettext_lazy("audit", "修改分类方案"),
    "second step removed": pgettext_lazy("audit", "关闭两步验证"),
    "segment archived": pgettext_lazy("audit", "归档客群"),
    "segment created": pgettext_lazy("audit", "新建客群"),
    "segment edited": pgettext_lazy("audit", "修改客群"),
    "signed in": pgettext_lazy("audit", "登录"),
    "source created": pgettext_lazy("audit", "新建数据源"),
    "source disabled": pgettext_lazy("audit", "停用数据源"),
    "source enabled": pgettext_lazy("audit", "启用数据源"),
    "source renamed": pgettext_lazy("audit", "修改数据源名称"),
    "tag added": pgettext_lazy("audit", "加标签"),
    "tag removed": pgettext_lazy("audit", "去标签"),
    "task closed": pgettext_lazy("audit", "完成任务"),
    "task dropped": pgettext_lazy("audit", "放弃任务"),
    "task opened": pgettext_lazy("audit", "新建任务"),
    "task postponed": pgettext_lazy("audit", "推迟任务"),
    "task reassigned": pgettext_lazy("audit", "转交任务"),
    "template archived": pgettext_lazy("audit", "归档模板"),
    "template edited": pgettext_lazy("audit", "修改模板"),
    "template made": pgettext_lazy("audit", "新建模板"),
    "token created": pgettext_lazy("audit", "新建令牌"),
    "token revoked": pgettext_lazy("audit", "作废令牌"),
    "user activated": pgettext_lazy("audit", "启用账号"),
    "user created": pgettext_lazy("audit", "新建账号"),
    "user deactivated": pgettext_lazy("audit", "停用账号"),
    "user edited": pgettext_lazy("audit", "修改账号"),
    "view removed": pgettext_lazy("audit", "删除视图"),
    "view saved": pgettext_lazy("audit", "保存视图"),
    "webhook retried": pgettext_lazy("audit", "重试回调"),
    "webhook secret revealed": pgettext_lazy("audit", "查看回调密钥"),
    "write key rotated": pgettext_lazy("audit", "更换写入密钥"),
}
OBJECTS: dict[str, Promise | str] = {
    "access.apitoken": pgettext_lazy("audit", "令牌"),
    "access.user": pgettext_lazy("audit", "用户"),
    "act.rule": pgettext_lazy("audit", "规则"),
    "collect.import": pgettext_lazy("audit", "导入"),
    "collect.source": pgettext_lazy("audit", "数据源"),
    "commerce.order": pgettext_lazy("audit", "订单"),
    "deliver.message": pgettext_lazy("audit", "触达"),
    "deliver.template": pgettext_lazy("audit", "模板"),
    "loyalty.coupon": pgettext_lazy("audit", "优惠券"),
    "loyalty.couponoffer": pgettext_lazy("audit", "优惠券活动"),
    "profile.portrait": pgettext_lazy("audit", "客户"),
    "resolve.customer": pgettext_lazy("audit", "客户"),
    "resolve.redirect": pgettext_lazy("audit", "合并"),
    "sales.task": pgettext_lazy("audit", "任务"),
    "segment.cutpoints": pgettext_lazy("audit", "分界点"),
    "segment.scheme": pgettext_lazy("audit", "分类方案"),
    "segment.segment": pgettext_lazy("audit", "客群"),
}


def verb_word(verb: str) -> Any:
    """The verb as the screens say it; one that isn't listed stays as it was written."""
    return VERBS.get(verb, verb)


def object_word(object_type: str) -> Any:
    """The kind of object as the screens say it."""
    return OBJECTS.get(object_type, object_type)
