from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files import facts
from zhiji.flow.collect.files.record import Record

OFFERS = [Record("fact", _("行为"), facts.FIELDS, facts.take, extra="properties", position=60)]
