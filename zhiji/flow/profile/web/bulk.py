"""Do one thing to many customers of the list, and take it back."""

from typing import Any

import orjson
from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile import actions
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.profile.web.customers import asker
from zhiji.kernel.given import whole
from zhiji.records.models import CustomField
from zhiji.records.queries import at_work

SALT = "zhiji.profile.undo"
UNDO_SECONDS = 600


@require_safe
def field(request: HttpRequest) -> HttpResponse:
    """The control of the field that is to be set; nothing while none is chosen."""
    user = asker(request)
    require(user, "customers:write")
    if not request.GET.get("of"):
        return HttpResponse()
    found = writable(user, request.GET.get("of"))
    form = forms.Form(auto_id=False)
    form.fields["value"] = found.control()
    return render(request, "profile/_bulk_field.html", {"one": form["value"], "label": found.label})


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Tag, untag, hand over, set the priority or a field of the chosen customers, or of the whole list (`everyone`)."""
    user = asker(request)
    listing = Listing(user, QueryDict(request.POST.get("query", "")))
    ids = listing.ids() if request.POST.get("everyone") else _chosen(request, user)
    try:
        said, undo = _do(request.POST, ids, user)
    except ValueError as error:
        said, undo = str(error), []
    request.session["said"] = [said, signing.dumps(undo, salt=SALT, compress=True) if undo else ""]
    return redirect(f"{reverse('customers')}?{listing.address()}")


def _chosen(request: HttpRequest, user: User) -> list[int]:
    """The ticked customers that the user may see, not more than a page can hold."""
    asked = [one for text in request.POST.getlist("customer")[:500] if (one := whole(text)) is not None]
    return list(visible_to(user).filter(customer_id__in=asked).values_list("customer_id", flat=True))


def _do(post: QueryDict, ids: list[int], user: User) -> tuple[str, list[list[Any]]]:
    """Do it; what was done in words, and how to take it back: [verb, value, roots] each."""
    verb, tag = post.get("verb", ""), " ".join(post.get("tag", "").split())
    if verb == "tag":
        changed = actions.add_tag(customer_ids=ids, tag=tag, by=user)
        return _said(changed, _("添加标签“%(word)s”") % {"word": tag}), _back("untag", tag, changed)
    if verb == "untag":
        changed = actions.remove_tag(customer_ids=ids, tag=tag, by=user)
        return _said(changed, _("移除标签“%(word)s”") % {"word": tag}), _back("tag", tag, changed)
    if verb == "owner":
        before = _before(ids, "owner_id")
        wanted = whole(post.get("owner"))
        owner = None if wanted is None else get_object_or_404(User, pk=wanted)
        changed = actions.assign_owner(customer_ids=ids, owner=owner, by=user)
        words = _("分配给 %(name)s") % {"name": owner} if owner else _("取消负责人")
        return _said(changed, words), _return("owner", before, changed)
    if verb == "priority" and post.get("priority", "") in {"0", "1", "2", "3"}:
        before = _before(ids, "priority")
        changed = actions.set_priority(customer_ids=ids, priority=int(post.get("priority", "0")), by=user)
        return _said(changed, _("调整优先级")), _return("priority", before, changed)
    if verb == "field":
        field = writable(user, post.get("of"))
        before = _values(ids, field)
        value = field.control().widget.value_from_datadict(post, {}, "value")
        changed = actions.edit_attributes(customer_ids=ids, changes={field.path: value or None}, by=user)
        words = _("修改%(label)s") % {"label": field.label}
        return _said(changed, words), _return(f"field {field.key}", before, changed)
    raise ValueError(_("请先选择要做的事。"))


def writable(user: User, pk: str | None) -> CustomField:
    """The field at work that `user` may write. Raises Http404."""
    found = next((one for one in at_work() if str(one.pk) == pk and one.writable_by(user)), None)
    if found is None:
        raise Http404
    return found


def _values(ids: list[int], field: CustomField) -> dict[int, str]:
    """What a field is, as JSON; sealed values can't be put back for others to see, so they aren't here."""
    if field.apart:
        return {}
    rows = Portrait.objects.filter(customer_id__in=ids).values_list("customer_id", "attributes")
    return {pk: orjson.dumps(given.get(field.key)).decode() for pk, given in rows}


def _said(changed: list[int], what: str) -> str:
    count = len(changed)
    if not count:
        return _("没有需要改动的客户。")
    return _("已为 %(count)s 位客户%(what)s。") % {"count": f"{count:,}", "what": what}


def _before(ids: list[int], column: str) -> dict[int, Any]:
    return dict(Portrait.objects.filter(customer_id__in=ids).values_list("customer_id", column))


def _back(verb: str, value: Any, changed: list[int]) -> list[list[Any]]:
    return [[verb, value, changed]] if changed else []


def _return(verb: str, before: dict[int, Any], changed: list[int]) -> list[list[Any]]:
    """The former values, each with the customers that had it."""
    groups: dict[Any, list[int]] = {}
    for one in changed:
        groups.setdefault(before.get(one), []).append(one)
    return [[verb, value, ids] for value, ids in groups.items() if before]


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take a bulk action back, within ten minutes."""
    user = asker(request)
    try:
        steps = signing.loads(request.POST.get("undo", ""), salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        request.session["said"] = [_("撤销只在十分钟内有效。"), ""]
        return redirect("customers")
    for verb, value, ids in steps:
        if verb == "tag":
            actions.add_tag(customer_ids=ids, tag=value, by=user, cause="undo")
        elif verb == "untag":
            actions.remove_tag(customer_ids=ids, tag=value, by=user, cause="undo")
        elif verb.startswith("field "):
            back = {f"attributes.{verb.removeprefix('field ')}": orjson.loads(value)}
            actions.edit_attributes(customer_ids=ids, changes=back, by=user, cause="undo")
        elif verb == "owner":
            owner = User.objects.filter(pk=value).first()
            actions.assign_owner(customer_ids=ids, owner=owner, by=user, cause="undo")
        else:
            actions.set_priority(customer_ids=ids, priority=value, by=user, cause="undo")
    request.session["said"] = [_("已撤销。"), ""]
    return redirect(f"{reverse('customers')}?{request.POST.get('query', '')}")
