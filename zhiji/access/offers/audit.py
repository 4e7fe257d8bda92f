from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "password reset": pgettext_lazy("audit", "重置用户 %(id)s 的密码"),
            "second step removed": pgettext_lazy("audit", "关闭用户 %(id)s 的两步验证"),
            "signed in": pgettext_lazy("audit", "登录"),
            "token created": pgettext_lazy("audit", "新建令牌 %(id)s"),
            "token revoked": pgettext_lazy("audit", "作废令牌 %(id)s"),
            "user activated": pgettext_lazy("audit", "启用账号 %(id)s"),
            "user created": pgettext_lazy("audit", "新建账号 %(id)s"),
            "user deactivated": pgettext_lazy("audit", "停用账号 %(id)s"),
            "user edited": pgettext_lazy("audit", "修改账号 %(id)s"),
        },
        things={
            "access.apitoken": pgettext_lazy("audit", "令牌"),
            "access.user": pgettext_lazy("audit", "用户"),
        },
        particulars={
            "after": pgettext_lazy("audit", "之后"),
            "before": pgettext_lazy("audit", "之前"),
            "customer": pgettext_lazy("audit", "客户"),
            "days": pgettext_lazy("audit", "天数"),
            "display_name": pgettext_lazy("audit", "姓名"),
            "email": pgettext_lazy("audit", "邮箱"),
            "fact": pgettext_lazy("audit", "行为编号"),
            "form": pgettext_lazy("audit", "文件格式"),
            "kind": pgettext_lazy("audit", "类型"),
            "name": pgettext_lazy("audit", "名称"),
            "points": pgettext_lazy("audit", "各项编号或分界点"),
            "reason": pgettext_lazy("audit", "原因"),
            "regions": pgettext_lazy("audit", "负责地区"),
            "role": pgettext_lazy("audit", "角色"),
            "scopes": pgettext_lazy("audit", "权限范围"),
            "user": pgettext_lazy("audit", "用户编号"),
            "username": pgettext_lazy("audit", "用户名"),
            "version": pgettext_lazy("audit", "版本"),
            "way": pgettext_lazy("audit", "方式"),
        },
        values={"way": {"command line": pgettext_lazy("audit", "命令行")}},
    ),
)
