from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files import customers, facts
from zhiji.flow.collect.files.record import Record

OFFERS = [
    Record(
        "customer", _("客户"), customers.FIELDS, customers.take, extra="attributes", check=customers.check, position=10
    ),
    Record("fact", _("行为"), facts.FIELDS, facts.take, extra="properties", position=60),
]
