"""Forms of accounts, tokens and the audit."""

import re
from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role, User
from zhiji.access.queries import recent_types, recent_verbs, scopes_for
from zhiji.access.roles import permissions
from zhiji.access.words import object_word, verb_word
from zhiji.kernel.listing import listed


class RegionsField(forms.CharField):
    """Regions written one after another, with commas or spaces between: a list without doubles."""

    def prepare_value(self, value: Any) -> Any:
        return listed(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return list(dict.fromkeys(filter(None, re.split(r"[,，、;；\s]+", text))))


class _Plain:
    """allauth's form without placeholders and without its link to resetting a password by mail."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name not in {"password1", "code"}:
                field.help_text = ""


class SignInForm(_Plain, account_forms.LoginForm):  # type: ignore[misc]
    """Name and password."""


class PasswordForm(_Plain, account_forms.ChangePasswordForm):  # type: ignore[misc]
    """The present password and a new one, twice."""


class AgainForm(_Plain, account_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something delicate."""


class CodeForm(_Plain, AuthenticateForm):  # type: ignore[misc]
    """The second step while signing in."""


class CodeAgainForm(_Plain, ReauthenticateForm):  # type: ignore[misc]
    """The second step once more, before something delicate."""


class SecondStepForm(_Plain, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator."""


class AccountForm(forms.Form):
    """What an administrator says of an account."""

    display_name = forms.CharField(label=_("姓名"), max_length=60)
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices, initial=Role.SALES)
    email = forms.EmailField(label=_("邮箱"), required=False, help_text=_("也可用来登录。"))
    regions = RegionsField(label=_("负责地区"), required=False, help_text=_("按地区分配客户时使用，例如：浙江、江苏。"))


class NewAccountForm(AccountForm):
    username = forms.CharField(
        label=_("用户名"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("登录时使用，以后不能改。"),
    )
    field_order = ["username", "display_name", "role", "email", "regions"]


class MeForm(forms.Form):
    """What everybody says of themselves."""

    display_name = forms.CharField(label=_("姓名"), max_length=60, required=False)
    language = forms.ChoiceField(label=_("语言"), required=False)
    theme = forms.ChoiceField(
        label=_("外观"), choices=[("auto", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色"))]
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["language"].choices = [("", _("跟随浏览器")), *settings.LANGUAGES]  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """A new token: what it is for, how long it lasts, what it may."""

    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("写明给谁、做什么用，例如：官网同步。"))
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 天")), (90, _("90 天")), (365, _("一年")), (0, _("不过期"))],
    )
    scopes = forms.MultipleChoiceField(
        label=_("权限范围"), widget=forms.CheckboxSelectMultiple, help_text=_("只勾选用得到的；不会超过您自己的权限。")
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        named = "{} <code>{}</code>"  # programs ask by the code
        choices = [(scope, format_html(named, permissions()[scope].deed, scope)) for scope in scopes_for(user)]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]


class AuditForm(forms.Form):
    """What to show of the audit."""

    user = forms.ModelChoiceField(
        User.objects.order_by("display_name", "username"), required=False, label=_("谁"), empty_label=_("所有人")
    )
    verb = forms.ChoiceField(required=False, label=_("做了什么"))
    type = forms.ChoiceField(required=False, label=_("对象"))
    id = forms.CharField(required=False, label=_("对象编号"), max_length=60)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        given = self.data if self.is_bound else {}
        verbs = {*recent_verbs(), *filter(None, [given.get("verb")])}
        types = {*recent_types(), *filter(None, [given.get("type")])}
        self.fields["verb"].choices = [("", _("所有动作")), *((v, verb_word(v)) for v in sorted(verbs))]  # type: ignore[attr-defined]
        for name in ("user", "verb", "type"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["type"].choices = [("", _("所有对象")), *((t, object_word(t)) for t in sorted(types))]  # type: ignore[attr-defined]
