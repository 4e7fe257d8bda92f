"""What people hear of their imports."""

from django.utils.translation import gettext_lazy as _

from zhiji.work.notices.kinds import NoticeKind

OFFERS = (
    NoticeKind(
        key="import done",
        label=_("导入已结束"),
        icon="file-import",
        one=_("导入已结束：读了 %(rows)s 行，%(failed)s 行没有进来"),
        many=_("%(count)s 次导入已结束"),
        permission="sources:read",
    ),
    NoticeKind(
        key="import failed",
        label=_("导入中断"),
        icon="alert-triangle",
        one=_("导入中断，在第 %(rows)s 行之后；打开看原因"),
        many=_("%(count)s 次导入中断"),
        permission="sources:read",
    ),
)
