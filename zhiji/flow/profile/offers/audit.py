from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords
from zhiji.flow.profile.channels import consent_channels

_PURPOSES = {"marketing": pgettext_lazy("audit", "营销"), "service": pgettext_lazy("audit", "服务")}
_CHANNELS = {
    "address": pgettext_lazy("audit", "地址"),
    "member": pgettext_lazy("audit", "会员号"),
    **{one.key: one.label for one in consent_channels()},
}

OFFERS = (
    AuditWords(
        verbs={
            "attributes changed": pgettext_lazy("audit", "修改客户 %(id)s 的属性"),
            "consent changed": pgettext_lazy("audit", "更改客户 %(id)s 的授权"),
            "contact changed": pgettext_lazy("audit", "更改客户 %(id)s 的联系方式"),
            "contact looked up": pgettext_lazy("audit", "按完整号码查找客户"),
            "contacts revealed": pgettext_lazy("audit", "查看%(object)s 的联系方式"),
            "customer created": pgettext_lazy("audit", "新建客户 %(id)s"),
            "customer erased": pgettext_lazy("audit", "抹除客户 %(id)s"),
            "customers exported": pgettext_lazy("audit", "导出%(object)s 看到的客户"),
            "owner assigned": pgettext_lazy("audit", "分配客户 %(id)s 的负责人"),
            "priority set": pgettext_lazy("audit", "设定客户 %(id)s 的优先级"),
            "tag added": pgettext_lazy("audit", "给客户 %(id)s 加标签"),
            "tag removed": pgettext_lazy("audit", "去掉客户 %(id)s 的标签"),
        },
        things={
            "profile.portrait": pgettext_lazy("audit", "客户"),
            "profile.savedview": pgettext_lazy("audit", "视图"),
        },
        particulars={
            "added": pgettext_lazy("audit", "是添加"),
            "cause": pgettext_lazy("audit", "起因"),
            "changes": pgettext_lazy("audit", "修改内容"),
            "channel": pgettext_lazy("audit", "渠道"),
            "columns": pgettext_lazy("audit", "列"),
            "consent": pgettext_lazy("audit", "授权"),
            "contacts": pgettext_lazy("audit", "联系方式"),
            "customers": pgettext_lazy("audit", "客户"),
            "granted": pgettext_lazy("audit", "同意"),
            "owner": pgettext_lazy("audit", "负责人编号"),
            "owner_name": pgettext_lazy("audit", "负责人"),
            "parts": pgettext_lazy("audit", "填写的资料"),
            "priority": pgettext_lazy("audit", "优先级"),
            "purpose": pgettext_lazy("audit", "用途"),
            "query": pgettext_lazy("audit", "列表的筛选"),
            "rows": pgettext_lazy("audit", "行数"),
            "shared": pgettext_lazy("audit", "同事可见"),
            "tag": pgettext_lazy("audit", "标签"),
            "tags": pgettext_lazy("audit", "标签"),
            "whole": pgettext_lazy("audit", "全部导出"),
        },
        values={
            "kind": _CHANNELS,
            "channel": _CHANNELS,
            "contacts": _CHANNELS,
            "consent": _CHANNELS | _PURPOSES,
            "purpose": _PURPOSES,
            "cause": {"undo": pgettext_lazy("audit", "撤销")},
        },
    ),
)
