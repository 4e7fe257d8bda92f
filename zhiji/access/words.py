"""How the audit speaks: the verbs and objects that actions write, in the words of the screens."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise | str] = {
    "attributes edited": _("修改属性"),
    "classes edited": _("修改类别"),
    "consent changed": _("更改授权"),
    "contact changed": _("更改联系方式"),
    "contacts revealed": _("查看联系方式"),
    "coupon issued": _("发券"),
    "coupon offer closed": _("结束优惠券"),
    "coupon offer created": _("新建优惠券"),
    "coupon offer edited": _("修改优惠券"),
    "customer erased": _("抹除客户"),
    "customers merged": _("合并客户"),
    "customers unmerged": _("拆分客户"),
    "cut points published": _("发布分界点"),
    "delivery settings changed": _("更改触达设置"),
    "failed steps retried": _("重试失败步骤"),
    "import started": _("开始导入"),
    "message bounced": _("退信"),
    "message cancelled": _("取消触达"),
    "message planned": _("安排触达"),
    "message retried": _("重试触达"),
    "owner assigned": _("分配负责人"),
    "password reset": _("重置密码"),
    "priority set": _("设定优先级"),
    "rule archived": _("归档规则"),
    "rule created": _("新建规则"),
    "rule deleted": _("删除规则"),
    "rule edited": _("修改规则"),
    "rule switched off": _("停用规则"),
    "rule switched on": _("启用规则"),
    "scheme classes edited": _("修改分类"),
    "scheme created": _("新建分类方案"),
    "scheme edited": _("修改分类方案"),
    "second step removed": _("关闭两步验证"),
    "segment archived": _("归档客群"),
    "segment created": _("新建客群"),
    "segment edited": _("修改客群"),
    "signed in": _("登录"),
    "tag added": _("加标签"),
    "tag removed": _("去标签"),
    "task closed": _("完成任务"),
    "task dropped": _("放弃任务"),
    "task opened": _("新建任务"),
    "task postponed": _("推迟任务"),
    "task reassigned": _("转交任务"),
    "template archived": _("归档模板"),
    "template edited": _("修改模板"),
    "template made": _("新建模板"),
    "token created": _("新建令牌"),
    "token revoked": _("作废令牌"),
    "user activated": _("启用账号"),
    "user created": _("新建账号"),
    "user deactivated": _("停用账号"),
    "user edited": _("修改账号"),
    "webhook retried": _("重试回调"),
}
OBJECTS: dict[str, Promise | str] = {
    "access.apitoken": _("令牌"),
    "access.user": _("用户"),
    "act.rule": _("规则"),
    "collect.import": _("导入"),
    "collect.source": _("数据源"),
    "commerce.order": _("订单"),
    "deliver.message": _("触达"),
    "deliver.template": _("模板"),
    "loyalty.coupon": _("优惠券"),
    "loyalty.couponoffer": _("优惠券活动"),
    "profile.portrait": _("客户"),
    "resolve.customer": _("客户"),
    "resolve.redirect": _("合并"),
    "sales.task": _("任务"),
    "segment.cutpoints": _("分界点"),
    "segment.scheme": _("分类方案"),
    "segment.segment": _("客群"),
}


def verb_word(verb: str) -> Any:
    """The verb as the screens say it; one that isn't listed stays as it was written."""
    return VERBS.get(verb, verb)


def object_word(object_type: str) -> Any:
    """The kind of object as the screens say it."""
    return OBJECTS.get(object_type, object_type)
