"""Saved views of lists, and who took which list out of the house."""

from collections.abc import Sequence
from urllib.parse import unquote_plus

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.personal import holds_any
from zhiji.access.roles import Forbidden, require
from zhiji.records.models import SavedView

SHARES = "segments:write"
"""Who may keep a view for everybody, and remove one."""


@transaction.atomic
def save_view(*, of: str, reads: str, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Keep `query` (an address's parameters) as a view of the list `of`, which takes the permission `reads`, replacing
    its namesake. Raises ValueError, Forbidden.
    """
    require(by, SHARES if shared else reads)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40:
        raise ValueError(_("视图名称需要 1 到 40 个字。"))
    if holds_any(unquote_plus(query)) or holds_any(name):
        raise ValueError(_("视图会一直留着，里面不能有电话、邮箱、证件号或卡号；请用别的条件筛选。"))
    view, _made = SavedView.objects.update_or_create(
        kind=of, user=None if shared else by, name=name, defaults={"query": query}
    )
    audit("view saved", view, by=by, name=name, shared=shared)
    return view


@transaction.atomic
def remove_view(*, view: SavedView, by: User) -> None:
    """Delete one's own view, or a shared one by those who may share. Raises Forbidden."""
    if view.user_id is None:
        require(by, SHARES)
    elif view.user_id != by.pk:
        raise Forbidden(_("这个视图是别人的，您不能删除；请找保存它的同事。"))
    audit("view removed", view, by=by, name=view.name)
    view.delete()


@transaction.atomic
def note_export(*, of: str, query: str, columns: Sequence[str], rows: int, whole: bool, by: User) -> None:
    """Write down what `by`, who may, took out: `rows` records of the list `of`; not `whole`: it broke off then."""
    audit("list exported", by, by=by, kind=of, query=query, columns=list(columns), rows=rows, whole=whole)
