"""What a file may hold of customers."""

from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files.record import Record
from zhiji.flow.profile.filed import customers, fields

OFFERS = [
    Record(
        "customer",
        _("客户"),
        fields.FIELDS,
        customers.take,
        extra="attributes",
        position=10,
        ours=fields.ours,
        declared=fields.declared,
    ),
]
