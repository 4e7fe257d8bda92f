"""What happens to portraits."""

from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property

BY = Property("by", "text", _("操作人"))
OFFERS = (
    FactType("customer_created", _("新建客户"), "user-plus", (Property("kind", "text", _("类型")), BY)),
    FactType("attributes_changed", _("修改资料"), "pencil", (Property("changes", "list", _("修改内容")), BY)),
    FactType("contact_changed", _("修改联系方式"), "phone", (Property("kind", "text", _("类型")), BY)),
    FactType(
        "owner_assigned",
        _("分配负责人"),
        "user-check",
        (Property("owner", "number", _("负责人编号")), Property("owner_name", "text", _("负责人")), BY),
    ),
    FactType("priority_set", _("设置优先级"), "flag", (Property("priority", "number", _("优先级")), BY)),
    FactType("tag_added", _("添加标签"), "tag", (Property("tag", "text", _("标签")), BY)),
    FactType("tag_removed", _("移除标签"), "tag", (Property("tag", "text", _("标签")), BY)),
    FactType(
        "consent_changed",
        _("变更授权"),
        "shield-check",
        (
            Property("channel", "text", _("渠道")),
            Property("purpose", "text", _("用途")),
            Property("granted", "flag", _("同意")),
            Property("proof", "text", _("依据")),
        ),
        internal=False,
    ),
    FactType("customer_erased", _("抹除客户"), "eraser", (BY,)),
)
