"""What is forgotten of a person in the ledger: what was said to them, and their mail. That it was said stays."""

from django.db.models import Func, Q, TextField, Value

from zhiji.access.erasing import GONE, Eraser, Person, emptied, rows_of
from zhiji.flow.deliver.models import Message, ReceivedMail, WebhookCall


def _letters(person: Person) -> None:
    """What a person wrote to them by hand."""
    written = rows_of(Message, person.ids).exclude(written__isnull=True)
    written.update(written={"subject": GONE, "text": GONE})


def _mailbox(person: Person) -> None:
    """What the demo's mail server received for them or about them."""
    mails = ReceivedMail.objects.annotate(
        content=Func("raw", Value("escape"), function="encode", output_field=TextField())
    )
    theirs = Q(envelope_to__iregex=person.theirs) | Q(content__iregex=person.theirs)
    mails.filter(theirs | Q(subject__iregex=person.named)).delete()


OFFERS = (
    Eraser(_letters),
    emptied(
        Message,
        keeps=["send_key", "channel", "purpose", "empty", "state", "reason", "sender", "written"],
        subject=GONE,
        variables={},
        links=[],
        reply="",
        provider_id="",
    ),
    emptied(WebhookCall, keeps=["send_key", "url", "host", "secret", "body", "state", "reason"]),
    Eraser(_mailbox),
)
