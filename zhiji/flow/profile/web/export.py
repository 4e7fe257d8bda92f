"""The list as a CSV file, streamed: contact values masked as on the screen, and audited as far as it came."""

import csv
from collections.abc import Iterator

from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhiji.access.roles import require
from zhiji.flow.profile.actions import note_export
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.web.customers import COLUMNS, asker
from zhiji.kernel import clock
from zhiji.kernel.values.written import safe
from zhiji.records.cells import written


class _Echo:
    def write(self, value: str) -> str:
        return value


@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every customer of the list, in its sort, with its columns."""
    user = asker(request)
    listing = Listing(user, QueryDict(request.POST.get("query", "")), request.session.get(COLUMNS, ()))
    require(user, "customers:export")
    name = f"customers-{clock.day_of(clock.now()).isoformat()}.csv"
    answer = StreamingHttpResponse(_lines(listing), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(listing: Listing) -> Iterator[str]:
    """Lines of the file, some hundred at a time, and the audit line when no more of them will be taken.

    The first mark tells spreadsheets that the file is UTF-8.
    """
    writer, rows, whole = csv.writer(_Echo()), 0, False
    try:
        yield "\ufeff" + writer.writerow([_("知己编号"), _("姓名"), *(str(one.label) for one in listing.columns)])
        for row, cells in listing.every_row():
            yield writer.writerow([row.customer_id, safe(row.name), *(written(one, value) for one, value in cells)])
            rows += 1
        whole = True
    finally:
        columns = [one.key for one in listing.columns]
        note_export(of=listing.user, query=listing.address(), columns=columns, rows=rows, whole=whole, by=listing.user)
