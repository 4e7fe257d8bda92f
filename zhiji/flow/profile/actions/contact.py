"""Contact points by hand. No value enters a fact or the audit: only its kind and mask."""

from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access import privacy
from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile import contacts
from zhiji.flow.profile.actions.edits import targets
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.listing import listed


@transaction.atomic
def set_contact(*, customer_id: int, kind: str, value: str, by: User | None) -> None:
    """Add a phone, e-mail or address; it becomes the one that is used. Raises Forbidden, ValueError with advice."""
    require(by, "customers:write")
    (root,) = targets((customer_id,), by)
    if kind not in contacts.KINDS:
        raise ValueError(_("联系方式的类型只能是 %(known)s") % {"known": listed(contacts.KINDS)})
    clean = privacy.normalise(kind, value)
    if not clean:
        raise ValueError(_("没有可添加的内容；请填写号码、邮箱或地址"))
    contacts.keep([contacts.NewContact(root, kind, clean, clock.now())])
    _note(root, {"kind": kind, "added": True}, by)


@transaction.atomic
def forget_contact(*, point: ContactPoint, by: User | None) -> None:
    """Remove a contact point. Raises Forbidden."""
    require(by, "customers:write")
    (root,) = targets((point.customer_id,), by)
    point.delete()
    _note(root, {"kind": point.kind, "added": False}, by)


def _note(root: int, properties: dict[str, object], by: User | None) -> None:
    audit("contact changed", Customer(pk=root), by=by, **properties)
    said = {**properties, "by": str(by or "")}
    record(
        [
            NewFact(
                name="contact_changed",
                occurred_at=clock.now(),
                scope="profile",
                key=uuid4().hex,
                customer_id=root,
                properties=said,
            )
        ]
    )
