"""What the editor in the page is given: the variables to insert, its addresses, its words."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.naming import insertable
from zhiji.flow.deliver.rehearsal import examples
from zhiji.flow.deliver.sandbox import door
from zhiji.flow.deliver.variables import LINKS_OF_NOBODY, Addressee, gather
from zhiji.records.queries import hidden_from

LONGEST_EXAMPLE = 24


def editor_data(user: User) -> dict[str, Any]:
    """{groups: [{label, entries: [{path, source, label, example}]}], urls, words}.

    The examples are of a customer whom `user` sees.
    """
    groups = insertable()
    some = queries.samples(user, limit=1)
    variables = gather([Addressee(some[0].pk if some else 0)], queries.delivery_settings(), hidden_from(user))[0]
    written = [one.written for _label, found in groups for one in found]
    filled = _filled(written, {**variables, **LINKS_OF_NOBODY, **examples()})
    return {
        "groups": [
            {
                "label": label,
                "entries": [
                    {"path": one.path, "source": one.written, "label": one.label, "example": filled[one.written]}
                    for one in found
                    if one.written in filled
                ],
            }
            for label, found in groups
        ],
        "urls": {
            "preview": reverse("template_preview"),
            "findings": reverse("template_findings"),
            "people": reverse("template_people"),
            "pictures": reverse("template_pictures"),
        },
        "words": words(),
    }


def _filled(written: list[str], variables: dict[str, Any]) -> dict[str, str]:
    """What each would print, without those that a template can't name: customers' own fields may be called anything."""
    left = list(dict.fromkeys(written))
    while left:
        try:
            texts = door.fill([(one, False) for one in left], variables).texts
        except door.TemplateRefused as refused:
            left.pop(refused.place)
        else:
            return dict(zip(left, map(_short, texts), strict=True))
    return {}


def _short(example: str) -> str:
    text = "" if example == "#" else " ".join(example.split())
    return text if len(text) <= LONGEST_EXAMPLE else text[:LONGEST_EXAMPLE] + "…"


def words() -> dict[str, str]:
    """What the editor says. In braces: what it puts in."""
    return {
        "empty_says": _("{name}，空着时写“{text}”"),
        "or": _("{name} 或 {other}"),
        "if": _("如果有 {name}"),
        "unless": _("如果没有 {name}"),
        "for": _("逐个列出"),
        "else": _("否则"),
        "end": _("到此为止"),
        "card": _("优惠券卡片"),
        "line": _("分隔线"),
        "foreign": _("外面的图片：{name}"),
        "cannot_tag": _("里面有 <{name}>，可视编辑显示不了，改动会把它弄丢，所以打开的是源代码"),
        "cannot_style": _("<{name}> 带有自己的样式或属性，可视编辑显示不了，所以打开的是源代码"),
        "cannot_place": _("判断或循环写在列表或链接的中间，可视编辑显示不了，所以打开的是源代码"),
        "uploading": _("正在上传…"),
        "upload_failed": _("图片没有传上去，请再试一次"),
        "to_hand": _("自己写纯文本"),
        "to_auto": _("改回自动"),
        "auto_says": _("由正文自动生成，随正文变"),
        "hand_says": _("这是自己写的，不再随正文变"),
        "well": _("没有发现问题"),
        "size": _("{size} KB"),
        "nobody": _("没有找到这样的客户"),
    }
