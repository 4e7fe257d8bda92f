"""Edit the table that maps a protocol's event names to ours. It counts from the next fact on."""

import re
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.models import EventName
from zhiji.flow.collect.protocol.names import LONGEST, snake
from zhiji.kernel.facts import own_names


class BadName(ValueError):
    """This line can't stand in the table; the message says what would do."""


@transaction.atomic
def save_name(
    *, by: User | None, theirs: str, ours: str, properties: Mapping[str, Sequence[str]], line: EventName | None = None
) -> EventName:
    """Add a line, or change `line`. `properties` maps ours to theirs. Raises BadName."""
    require(by, "sources:write")
    theirs, ours = theirs.strip(), ours.strip()
    if not snake(theirs):
        raise BadName(_("来源的事件名须含文字或数字"))
    if len(ours) > LONGEST:
        raise BadName(_("我们的名称太长，最多 %(most)s 个字符") % {"most": LONGEST})
    if ours != snake(ours) or not re.match(r"[^\W\d]", ours):
        raise BadName(_("我们的名称用小写加下划线，例如 order_paid"))
    if ours in own_names():
        raise BadName(_("%(name)s 由平台自己记录，不能从外部发送") % {"name": ours})
    others = [one for one in EventName.objects.all() if line is None or one.pk != line.pk]
    same = [one for one in others if snake(one.theirs) == snake(theirs)]
    if same:
        raise BadName(_("“%(name)s”已在表中，请直接修改那一行") % {"name": same[0].theirs})
    before = {"theirs": line.theirs, "ours": line.ours, "properties": line.properties} if line else None
    line = line or EventName()
    line.theirs, line.ours = theirs, ours
    line.properties = {one: list(many) for one, many in properties.items()}
    line.save()
    audit("event name saved", line, by=by, before=before, theirs=theirs, ours=ours, properties=line.properties)
    return line


@transaction.atomic
def remove_name(line: EventName, *, by: User | None) -> None:
    """Take a line out: its event keeps the sender's name in snake case from now on."""
    require(by, "sources:write")
    audit("event name removed", line, by=by, theirs=line.theirs, ours=line.ours)
    line.delete()
