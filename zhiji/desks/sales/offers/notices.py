"""What people hear of tasks."""

from django.utils.translation import gettext_lazy as _

from zhiji.work.notices.kinds import NoticeKind

OFFERS = (
    NoticeKind(
        key="task given",
        label=_("任务派给您"),
        icon="checkbox",
        one=_("一个任务派给了您"),
        many=_("%(count)s 个任务派给了您"),
        permission="tasks:read",
    ),
)
