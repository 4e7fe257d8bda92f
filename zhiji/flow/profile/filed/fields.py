"""The fields of customers as files hold them, and what headers call them."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, override
from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.attributes import LONGEST
from zhiji.flow.collect.files.record import Field
from zhiji.flow.profile.columns import Column
from zhiji.kernel.registry import offered
from zhiji.records.queries import at_work

OURS = _("知己编号")
CALENDARS = {"solar": gettext_lazy("公历"), "lunar": gettext_lazy("农历")}
GENDERS = {"male": gettext_lazy("男"), "female": gettext_lazy("女"), "other": gettext_lazy("其他")}
FIELDS = (
    Field(
        "id",
        _("客户号"),
        "person",
        required=True,
        aliases=("customer_id", "user_id", "客户编号", "会员号", "编号", "用户ID"),
        longest=120,
        instead="customer",
    ),
    Field("customer", OURS, "integer", aliases=("Zhiji ID",), decisive=True),
    Field(
        "name",
        _("姓名"),
        aliases=("名称", "客户姓名", "客户名称", "full_name", "customer_name"),
        longest=LONGEST["name"],
    ),
    Field("gender", _("性别"), "gender", aliases=("sex",), choices=tuple(GENDERS), labels=GENDERS),
    Field("birthday", _("生日"), "date", aliases=("出生日期", "birth_date", "date_of_birth")),
    Field(
        "birthday_calendar", _("生日历法"), "calendar", aliases=("历法",), choices=("solar", "lunar"), labels=CALENDARS
    ),
    Field("region", _("省份"), aliases=("地区", "province", "state"), longest=LONGEST["region"]),
    Field("city", _("城市"), aliases=("市",), longest=LONGEST["city"]),
    Field("phone", _("手机"), "phone", aliases=("手机号", "电话", "手机号码", "mobile", "tel"), longest=40),
    Field("email", _("邮箱"), "email", aliases=("电子邮箱", "电子邮件", "e-mail", "mail"), longest=254),
    Field("address", _("地址"), aliases=("收货地址", "联系地址", "street"), longest=500),
    Field("registered_at", _("注册时间"), "time", aliases=("注册日期", "created_at", "入会时间")),
    Field("consent_email", _("允许发邮件"), "flag", aliases=("邮件授权", "email_consent")),
    Field("updated_at", _("更新时间"), "time", aliases=("修改时间", "modified_at")),
)


def declared() -> tuple[Field, ...]:
    """The workspace's own fields, found in a header by label or key."""
    return tuple(
        Field(
            one.path,
            one.label,
            "json",
            aliases=(one.key,),
            longest=10_000,
            open=True,
            read=one.read,
            listed=frozenset(text for pair in one.choices for text in pair),
        )
        for one in at_work()
    )


def ours(header: Sequence[str]) -> frozenset[str]:
    """The columns of an exported list that tell nothing of the customer's own: figures, classes, masked values."""
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            if gettext(OURS) in header:
                found |= {str(one.label) for one in offered(Column)} - {gettext("性别")}
    return frozenset(found)
