"""Forms of the sources, names and quarantine pages."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.flow.collect.protocol.names import snake


class SourceForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("给人看的名字，例如 官网商城"))
    key = forms.SlugField(label=_("标识"), max_length=50, help_text=_("字母、数字和连字符，例如 web-shop；之后不能改"))


class NameForm(forms.Form):
    """`properties` is text: one line per property of ours, `amount = total, revenue`."""

    theirs = forms.CharField(label=_("来源的事件名"), max_length=120, help_text=_("大小写、空格和连字符不分"))
    ours = forms.CharField(label=_("我们的名称"), max_length=100, help_text=_("小写加下划线，例如 order_paid"))
    properties = forms.CharField(
        label=_("属性改名"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("每行一个：我们的属性 = 来源的属性, 次选…；例如 amount = total, revenue"),
    )

    def clean_properties(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in self.cleaned_data["properties"].splitlines():
            if not line.strip():
                continue
            ours, equals, theirs = line.partition("=")
            many = [one.strip() for one in re.split(r"[,，]", theirs) if one.strip()]
            if not equals or not many or ours.strip() != snake(ours):
                raise forms.ValidationError(
                    _("看不懂“%(line)s”：写成 我们的属性 = 来源的属性") % {"line": line.strip()[:60]}
                )
            found[ours.strip()] = many
        return found

    @staticmethod
    def written(properties: dict[str, Any]) -> str:
        """The table's cell as the form shows it."""
        return "\n".join(f"{ours} = {', '.join(theirs)}" for ours, theirs in properties.items())


class MendForm(forms.Form):
    body = forms.CharField(
        label=_("事件"), widget=forms.Textarea(attrs={"rows": 18, "class": "font-monospace", "spellcheck": "false"})
    )


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("表示“没有”的词"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false"}),
        help_text=_("每行一个，例如 N/A"),
    )
