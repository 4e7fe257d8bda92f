"""The form of a field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.records.models import CustomField
from zhiji.records.queries import declared
from zhiji.records.types import every

Pairs = list[tuple[str, str]]


class ChoiceLines(forms.CharField):
    """A choice a line; `value = label` where what is kept isn't what people read."""

    widget = forms.Textarea({"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        return "\n".join(one if one == label else f"{one} = {label}" for one, label in value)

    def to_python(self, value: Any) -> Pairs:  # type: ignore[override]
        lines = filter(str.strip, (super().to_python(value) or "").splitlines())
        found = [(one.strip(), label.strip()) for one, _sign, label in (line.partition("=") for line in lines)]
        return [(one, label or one) for one, label in found]


class FieldForm(forms.Form):
    """What an administrator says of a field."""

    label = forms.CharField(label=_("名称"), max_length=40, help_text=_("页面、列表和文件里都这样叫它。"))
    choices = ChoiceLines(
        label=_("可选的值"),
        required=False,
        help_text=_("单选和多选才需要，一行一个；要存的值和显示的不同，写成 gold = 金卡。"),
    )
    section = forms.CharField(
        label=_("分组"),
        max_length=40,
        required=False,
        help_text=_("客户页上同组的字段排在一起；不填就排在基本资料里。"),
    )
    required = forms.BooleanField(label=_("必填"), required=False, help_text=_("新建客户时要填，之后不能清空。"))
    unique = forms.BooleanField(label=_("不可重复"), required=False, help_text=_("两位客户不能是同一个值。"))
    readers = forms.MultipleChoiceField(
        label=_("谁可查看"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("没有勾选的角色看不到它，也不能按它筛选、排序、计数或导出。管理员总是可以。"),
    )
    writers = forms.MultipleChoiceField(
        label=_("谁可修改"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("还要能修改客户。管理员总是可以。"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["section"].widget.attrs["list"] = "sections-known"

    @classmethod
    def of(cls, field: CustomField) -> dict[str, Any]:
        """What the form begins with."""
        return {name: getattr(field, name) for name in FieldForm.base_fields}


class NewFieldForm(FieldForm):
    """The same with what can't be changed later."""

    type = forms.ChoiceField(label=_("类型"), help_text=_("以后不能改。"))
    key = forms.CharField(
        label=_("标识"),
        max_length=100,
        required=False,
        help_text=_("程序和文件用的名称，例如 level；不填就用名称。以后不能改。已有这个名称的值会归入它。"),
    )
    sensitive = forms.BooleanField(
        label=_("敏感"),
        required=False,
        help_text=_("用每位客户自己的密钥加密，只显示掩码，查看明文记入审计；不能按值筛选。以后不能改。"),
    )
    field_order = [
        "label",
        "type",
        "choices",
        "key",
        "section",
        "required",
        "unique",
        "sensitive",
        "readers",
        "writers",
    ]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["type"].choices = [(key, one.label) for key, one in every().items()]  # type: ignore[attr-defined]


def sections() -> list[str]:
    """Those that fields are in, for choosing."""
    return list(dict.fromkeys(one.section for one in declared().values() if one.section))
