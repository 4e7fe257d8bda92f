"""One of several values, which the administrator lists."""

from typing import Any

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.kernel.values.written import alike
from zhiji.records.valuetype import Parsed, Spec, ValueType, text_of


def meant(text: str, spec: Spec) -> str | Refusal:
    """The choice that a text names by its value or label, in whatever case and width."""
    wanted = alike(text).casefold()
    for value, label in spec.choices_known:
        if wanted in (alike(value).casefold(), alike(label).casefold()):
            return value
    return Refusal(now("可以是 %(known)s") % {"known": now("、").join(label for _value, label in spec.choices_known)})


def worded(value: Any, spec: Spec) -> str:
    """The label of a choice; of one that is listed no more, the value."""
    return dict(spec.choices_known).get(value, value) if isinstance(value, str) else str(value)


def _parse(value: Any, spec: Spec) -> Parsed:
    text = text_of(value)
    return meant("" if text is None else text, spec)


class _Kept(forms.Select):
    """A value that is no choice any more stays chosen until somebody changes it."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        known = {str(one) for one, _label in self.choices}
        self.choices = [*self.choices, *((one, one) for one in value if one and one not in known)]
        return super().optgroups(name, value, attrs)


TYPE = ValueType(
    key="choice",
    label=_("单选"),
    icon="list-check",
    position=45,
    parse=_parse,
    control=lambda spec: forms.ChoiceField(choices=[("", "–"), *spec.choices_known], widget=_Kept),
    shown=worded,
    written=worded,
    compared="text",
    operators=("eq", "ne", "in", "not_in", "empty", "not_empty"),
    asked="choice",
    schema={"type": "string"},
    chosen=True,
    apart=False,
)
