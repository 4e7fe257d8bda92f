"""The templates an installation begins with; each is the user's to change afterwards."""

from zhiji.access.models import User
from zhiji.flow.deliver import actions
from zhiji.flow.deliver.channels.email.letter import LETTERS
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.wording import Wording

STARTERS = (
    ("care", "关怀问候", "{{ customer.salutation }}，谢谢您常来"),
    ("try-more", "小券一张", "{{ customer.salutation }}，给您留了一张券"),
    ("win-back", "沉睡唤醒", "{{ customer.salutation }}，好久不见，回来看看"),
    ("first-order", "注册未下单提醒", "{{ customer.salutation }}，第一单替您省一点"),
    ("thanks", "首购致谢与指南", "{{ customer.salutation }}，谢谢您的第一单"),
    ("birthday", "生日祝福", "{{ customer.salutation }}，生日快乐"),
)


def install(*, by: User | None) -> list[Template]:
    """Make those starters that aren't there yet; what somebody changed stays."""
    known = set(Template.objects.values_list("key", flat=True))
    folder = LETTERS / "starters"
    return [
        actions.save_template(
            by=by,
            key=key,
            name=name,
            purpose="service" if key == "thanks" else "marketing",
            wording=Wording(
                subject, (folder / f"{key}.html").read_text("utf-8"), (folder / f"{key}.txt").read_text("utf-8")
            ),
        )
        for key, name, subject in STARTERS
        if key not in known
    ]
