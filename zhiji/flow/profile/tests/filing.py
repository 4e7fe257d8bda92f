"""Files as people import them in the tests: uploaded on the page, taken in by the worker, digested by the pipeline."""

import csv
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zhiji.flow.collect.files import asking, failures
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.profile.tests.acts import all_settle


def uploaded(browser: Client, text: str | bytes, name: str = "客户.csv") -> str:
    """The address of the page that says what the columns are."""
    content = text.encode() if isinstance(text, str) else text
    return str(browser.post("/imports/", {"file": SimpleUploadedFile(name, content)})["Location"])


def imported(
    browser: Client, text: str | bytes, name: str = "客户.csv", kind: str = "customer", **said: Any
) -> ImportRun:
    """Import a file as the page suggests it, and let the pipeline work."""
    draft = uploaded(browser, text, name)
    answer = browser.post(draft, {"kind": kind, "start": "1", **said})
    assert answer.status_code == 302, answer.content.decode()
    assert asking.work()
    all_settle()
    return ImportRun.objects.latest("id")


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """Taken, known, failed, values left out."""
    return run.taken, run.known, run.failed, run.left_out


def reasons(run: ImportRun) -> list[tuple[str, str, str]]:
    """(row, column, reason) of what didn't go in."""
    with (failures.folder() / run.failures_file).open(encoding="utf-8-sig", newline="") as file:
        return [(row[0], row[1], row[2]) for row in list(csv.reader(file))[1:]]
