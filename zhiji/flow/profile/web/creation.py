"""The page on which a customer is entered by hand, and what is known already of what was typed."""

import re
from contextlib import suppress
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile import actions
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.offers.filters import PRIORITIES
from zhiji.flow.profile.queries import only_owner, people, tag_names
from zhiji.flow.profile.web.customers import asker
from zhiji.flow.profile.words import GENDERS
from zhiji.flow.resolve.actions import IdentityTaken
from zhiji.kernel.places import PROVINCES
from zhiji.records.models import WrongValue
from zhiji.records.queries import at_work

BETWEEN = re.compile(r"[,，、;；\n]+")
ROWS = range(3)


class CustomerForm(forms.Form):
    """What is known of a new customer; all of it as text, read by the action as at every other door."""

    kind = forms.ChoiceField(
        label=gettext_lazy("类型"),
        choices=[("person", gettext_lazy("个人")), ("organisation", gettext_lazy("单位"))],
        initial="person",
    )
    name = forms.CharField(label=gettext_lazy("姓名或名称"), max_length=120, required=False)
    phones = forms.CharField(
        label=gettext_lazy("手机或电话"), max_length=300, required=False, help_text=gettext_lazy("几个号码用逗号分开。")
    )
    emails = forms.CharField(
        label=gettext_lazy("邮箱"), max_length=500, required=False, help_text=gettext_lazy("几个邮箱用逗号分开。")
    )
    address = forms.CharField(label=gettext_lazy("地址"), max_length=500, required=False)
    member = forms.CharField(label=gettext_lazy("会员号"), max_length=120, required=False)
    gender = forms.ChoiceField(label=gettext_lazy("性别"), required=False)
    birthday = forms.CharField(
        label=gettext_lazy("生日"), max_length=40, required=False, help_text=gettext_lazy("例如 1990-05-23。")
    )
    birthday_calendar = forms.ChoiceField(
        label=gettext_lazy("过哪种生日"),
        choices=[("solar", gettext_lazy("公历")), ("lunar", gettext_lazy("农历"))],
        required=False,
    )
    region = forms.ChoiceField(label=gettext_lazy("省份"), required=False)
    city = forms.CharField(label=gettext_lazy("城市"), max_length=40, required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("负责人"), required=False, empty_label=gettext_lazy("无")
    )
    priority = forms.TypedChoiceField(label=gettext_lazy("优先级"), coerce=int, required=False)
    tags = forms.CharField(
        label=gettext_lazy("标签"), max_length=400, required=False, help_text=gettext_lazy("几个标签用逗号分开。")
    )
    consent = forms.MultipleChoiceField(
        label=gettext_lazy("同意接收营销消息"),
        choices=lambda: list(channel_labels().items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("只勾选客户明确同意的；没有勾选的算未询问。"),
    )
    proof = forms.CharField(
        label=gettext_lazy("授权的依据"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如：门店入会申请表 2026-05-03。"),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["gender"].choices = [("", "–"), *((one, GENDERS[one]) for one in ("female", "male"))]
        fields["region"].choices = [("", "–"), *((one, one) for one in PROVINCES)]
        fields["priority"].choices = PRIORITIES
        fields["tags"].widget.attrs["list"] = "tags-known"
        self.declared = [one for one in at_work() if one.writable_by(user)]
        for one in self.declared:
            fields[f"field_{one.pk}"] = one.control(required=one.required)
        if only_owner(user) is not None:
            del fields["owner"]
        else:
            fields["owner"].queryset = User.objects.filter(pk__in=[one.pk for one in people()])

    def entered(self) -> actions.Entered:
        """What was typed, for the action."""
        given = self.cleaned_data
        parts = {name: given[name] for name in ("name", "gender", "birthday", "region", "city")}
        if given["birthday"]:
            parts["birthday_calendar"] = given["birthday_calendar"] or "solar"
        return actions.Entered(
            parts={**parts, **self.customs()},
            kind=given["kind"],
            member=given["member"],
            contacts=_contacts(given),
            tags=_several(given["tags"]),
            owner=given.get("owner"),
            priority=given["priority"] or 0,
            consent=dict.fromkeys(given["consent"], True),
            proof=given["proof"],
        )

    def customs(self) -> dict[str, Any]:
        """The custom fields: those that are declared, and names and values of the rows."""
        given = {one.path: self.cleaned_data.get(f"field_{one.pk}") for one in self.declared}
        told = {f"attributes.{name}": value for name, value in self.rows() if name and value}
        return told | {path: value for path, value in given.items() if value not in (None, "", [])}

    def asked(self) -> list[forms.BoundField]:
        """The declared fields that must be filled in."""
        return [self[f"field_{one.pk}"] for one in self.declared if one.required]

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(title, fields) of the other declared ones, in their order."""
        found: dict[str, list[forms.BoundField]] = {}
        for one in self.declared:
            if not one.required:
                found.setdefault(one.section, []).append(self[f"field_{one.pk}"])
        return list(found.items())

    def refuse(self, error: WrongValue) -> None:
        """Say it beside the field, if it is on the form."""
        name = next((f"field_{one.pk}" for one in self.declared if one.path == error.path), None)
        self.add_error(name, error.reason if name else str(error))

    def rows(self) -> list[tuple[str, str]]:
        """The rows of custom fields as they were typed."""
        if not self.is_bound:
            return [("", "") for _row in ROWS]
        data: Any = self.data
        names, values = (data.getlist(one)[: len(ROWS)] for one in ("field", "value"))
        return [(" ".join(name.split()), value.strip()[:400]) for name, value in zip(names, values, strict=False)]


def _several(text: str) -> list[str]:
    return [one.strip() for one in BETWEEN.split(text) if one.strip()][:20]


def _contacts(given: dict[str, Any]) -> list[tuple[str, str]]:
    found = [("phone", one) for one in _several(given["phones"])] + [
        ("email", one) for one in _several(given["emails"])
    ]
    return [*found, ("address", given["address"])] if given["address"] else found


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty form; a POST makes the customer, or says who is there already."""
    user = asker(request)
    require(user, "customers:write")
    if request.method == "GET":
        return _page(
            request, CustomerForm(user=user, initial={"key": uuid4().hex, "name": request.GET.get("name", "")})
        )
    form = CustomerForm(request.POST, user=user)
    there: list[Any] = []
    if form.is_valid():
        anyway, key = bool(request.POST.get("anyway")), form.cleaned_data["key"]
        try:
            made, _new = actions.create_customer(entered=form.entered(), key=key, by=user, anyway=anyway)
        except actions.KnownAlready as error:
            there = list(error.customers)
        except IdentityTaken as error:
            form.add_error("member", str(error))
        except WrongValue as error:
            form.refuse(error)
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            request.session["said"] = [_("客户已建好。"), ""]
            return redirect("customer", pk=made)
    return _page(request, form, there, status=422)


@require_POST
def known(request: HttpRequest) -> HttpResponse:
    """Who of those that the user sees has one of the numbers that were typed so far."""
    user = asker(request)
    require(user, "customers:write")
    form = CustomerForm(request.POST, user=user)
    form.is_valid()
    typed = {name: form.cleaned_data.get(name, "") for name in ("phones", "emails", "address", "member")}
    readable = []
    for kind, value in _contacts({**typed, "address": ""}):
        with suppress(ValueError):
            readable.append((kind, privacy.normalise(kind, value)))
    there = actions.known(user, actions.Entered(contacts=readable, member=typed["member"].strip()))
    return render(request, "profile/_known.html", {"there": there})


def _page(request: HttpRequest, form: CustomerForm, there: Any = (), status: int = 200) -> HttpResponse:
    context = {"form": form, "rows": form.rows(), "there": there, "tags": tag_names(), "asked": bool(there)}
    return render(request, "profile/new_customer.html", context, status=status)
