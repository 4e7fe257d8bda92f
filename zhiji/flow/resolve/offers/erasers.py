"""What is forgotten of who a person was. That customers were merged stays; what proved it names them."""

from zhiji.access.erasing import deleted, emptied
from zhiji.flow.resolve.models import Customer, Identity, KeptApart, Redirect

OFFERS = (
    emptied(Customer, keeps=["kind"]),
    deleted(Identity),
    emptied(Redirect, proof=""),
    emptied(KeptApart),
)
