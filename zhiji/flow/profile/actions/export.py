"""Who took which customers out of the house."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Model

from zhiji.access.audit import audit
from zhiji.access.models import User


@transaction.atomic
def note_export(
    *, of: Model, query: str, columns: Sequence[str], rows: int, whole: bool, form: str = "csv", by: User
) -> None:
    """Write down what `by`, who may export, took out: `rows` customers of the list `query` of `of`.

    Not `whole` says that the export broke off after so many.
    """
    audit("customers exported", of, by=by, query=query, columns=list(columns), form=form, rows=rows, whole=whole)
