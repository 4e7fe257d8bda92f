"""Make, rename, switch and re-key sources. Running web processes learn of it within two seconds."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.models import Source

ADDRESSES = ("new", "names")  # pages beside the sources' own


class BadSource(ValueError):
    """The source can't be made this way; the message says what would do."""


def new_key() -> str:
    """A write key: 160 random bits."""
    return "wk_" + secrets.token_urlsafe(20)


@transaction.atomic
def create_source(*, by: User | None, key: str, name: str) -> Source:
    """Make an enabled source with a write key of its own. Raises BadSource when `key` is taken."""
    require(by, "sources:write")
    if key in ADDRESSES or Source.objects.filter(key=key).exists():
        raise BadSource(_("标识“%(key)s”已被占用，请换一个") % {"key": key})
    source = Source.objects.create(key=key, name=name, write_key=new_key(), enabled=True)
    audit("source created", source, by=by, key=key, name=name)
    return source


@transaction.atomic
def rename_source(source: Source, *, by: User | None, name: str) -> None:
    """Give a source another name on screens."""
    require(by, "sources:write")
    audit("source renamed", source, by=by, before=source.name, after=name)
    source.name = name
    source.save(update_fields=["name"])


@transaction.atomic
def rotate_key(source: Source, *, by: User | None) -> str:
    """Replace the write key; the old one stops working within two seconds. Returns the new one."""
    require(by, "sources:write")
    source.write_key = new_key()
    source.save(update_fields=["write_key"])
    audit("write key rotated", source, by=by)
    return source.write_key


@transaction.atomic
def enable_source(source: Source, *, by: User | None) -> None:
    """Take facts from it again."""
    _switch(source, True, by)


@transaction.atomic
def disable_source(source: Source, *, by: User | None) -> None:
    """Refuse its facts with 401 until it is enabled; what it sent stays."""
    _switch(source, False, by)


def _switch(source: Source, enabled: bool, by: User | None) -> None:
    require(by, "sources:write")
    source.enabled = enabled
    source.save(update_fields=["enabled"])
    audit("source enabled" if enabled else "source disabled", source, by=by)
