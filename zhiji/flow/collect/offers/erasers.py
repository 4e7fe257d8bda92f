"""What is forgotten of a person among what couldn't be taken: events in quarantine, rows of files."""

import csv
import io
import shutil
from pathlib import Path

import orjson

from zhiji.access import privacy
from zhiji.access.erasing import Eraser, Person
from zhiji.flow.collect.files import asking, failures
from zhiji.flow.collect.models import ImportRun, Quarantined

OPEN = (ImportRun.State.WAITING, ImportRun.State.RUNNING)


def _quarantine(person: Person) -> None:
    """Events that name one of their identities, or mention them."""
    ids = {key.partition(":")[2] for key in person.identities}
    for row in Quarantined.objects.iterator():
        try:
            body = privacy.unseal(bytes(row.body), "quarantine").decode(errors="replace")
        except privacy.Unreadable:
            continue
        if person.in_text(body) or ids & _senders(body):
            row.delete()


def _senders(body: str) -> set[str]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return set()
    names = ("userId", "anonymousId", "previousId")
    return {str(event[name]) for name in names if event.get(name)} if isinstance(event, dict) else set()


def _failures(person: Person) -> None:
    """Rows that mention them leave the files of what didn't go in."""
    for run in ImportRun.objects.exclude(failures_bytes=0).exclude(state__in=OPEN):
        path = failures.folder() / f"{run.pk}-failures.csv"
        if not path.is_file():
            continue
        text = path.read_text("utf-8-sig")
        if not person.in_text(text):
            continue
        kept = io.StringIO()
        csv.writer(kept).writerows(row for row in csv.reader(io.StringIO(text)) if not person.in_text("\n".join(row)))
        content = b"\xef\xbb\xbf" + kept.getvalue().encode()
        path.write_bytes(content)
        ImportRun.objects.filter(pk=run.pk).update(failures_bytes=len(content))


def _uploads(person: Person) -> None:
    """Files that nobody imports any more."""
    busy = {Path(file).parent for file in ImportRun.objects.filter(state__in=OPEN).values_list("file", flat=True)}
    for place in asking.uploads().iterdir():
        if place not in busy and any(_mentions(person, file) for file in place.glob("*")):
            shutil.rmtree(place, ignore_errors=True)


def _mentions(person: Person, file: Path) -> bool:
    """Whether a file holds them; one of columns (Parquet) is taken to, as its text is packed."""
    if file.suffix.lower() == ".parquet":
        return True
    with file.open(encoding="utf-8", errors="replace") as lines:
        return any(person.in_text(line) for line in lines)


OFFERS = (Eraser(_quarantine), Eraser(_failures), Eraser(_uploads))
