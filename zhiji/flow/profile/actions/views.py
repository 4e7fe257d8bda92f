"""Saved views."""

from urllib.parse import unquote_plus

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.personal import holds_any
from zhiji.access.roles import Forbidden, require
from zhiji.flow.profile.models import SavedView


@transaction.atomic
def save_view(*, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Keep `query` (an address's parameters) as a view, replacing its namesake. Raises ValueError, Forbidden."""
    require(by, "segments:write" if shared else "customers:read")
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40:
        raise ValueError(_("视图名称需要 1 到 40 个字。"))
    if holds_any(unquote_plus(query)) or holds_any(name):
        raise ValueError(_("视图会一直留着，里面不能有电话、邮箱、证件号或卡号；请用别的条件筛选。"))
    view, _made = SavedView.objects.update_or_create(user=None if shared else by, name=name, defaults={"query": query})
    audit("view saved", view, by=by, name=name, shared=shared)
    return view


@transaction.atomic
def remove_view(*, view: SavedView, by: User) -> None:
    """Delete one's own view, or a shared one with `segments:write`. Raises Forbidden."""
    if view.user_id is None:
        require(by, "segments:write")
    elif view.user_id != by.pk:
        raise Forbidden(_("这个视图是别人的，您不能删除；请找保存它的同事。"))
    audit("view removed", view, by=by, name=view.name)
    view.delete()
