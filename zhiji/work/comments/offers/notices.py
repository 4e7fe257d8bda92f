"""What people hear of comments."""

from django.utils.translation import gettext_lazy as _

from zhiji.work.notices.kinds import NoticeKind

READ = "comments:read"
OFFERS = (
    NoticeKind("mention", _("有人 @ 您"), "at", _("%(who)s 在备注里 @ 了您"), _("%(count)s 条备注 @ 了您"), READ),
    NoticeKind(
        key="comment",
        label=_("关注的记录有新备注"),
        icon="message",
        one=_("%(who)s 写了备注"),
        many=_("%(count)s 条新备注"),
        permission=READ,
        mail=False,
        together="subject",
    ),
)
