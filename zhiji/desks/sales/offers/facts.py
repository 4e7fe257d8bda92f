"""What happens to follow-up tasks."""

from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property

OFFERS = (
    FactType(
        "task_opened",
        _("新建任务"),
        "checklist",
        (
            Property("task_id", "number", _("任务编号")),
            Property("kind", "text", _("类型"), column=True),
            Property("due_on", "text", _("到期日")),
            Property("owner_id", "number", _("负责人编号")),
        ),
    ),
    FactType(
        "task_closed",
        _("结束任务"),
        "checklist",
        (
            Property("task_id", "number", _("任务编号")),
            Property("kind", "text", _("类型"), column=True),
            Property("state", "text", _("结果"), column=True),
            Property("owner_id", "number", _("负责人编号")),
        ),
    ),
    FactType(
        "task_reopened",
        _("重新打开任务"),
        "checklist",
        (
            Property("task_id", "number", _("任务编号")),
            Property("kind", "text", _("类型"), column=True),
            Property("owner_id", "number", _("负责人编号")),
        ),
    ),
)
