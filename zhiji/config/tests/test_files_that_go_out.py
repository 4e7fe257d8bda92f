"""Files that leave the house hold what somebody typed: a spreadsheet shows it and runs none of it."""

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.profile.actions import add_tag, edit_attributes
from zhiji.flow.profile.tests.acts import customer
from zhiji.flow.segment.actions import build, create_segment
from zhiji.kernel import clock
from zhiji.kernel.values.written import cell

pytestmark = pytest.mark.django_db
DANGEROUS = ["=1+1", "＝1+1", "＠x", "+8", "-8", "@x", "=HYPERLINK(1)", "'=1+1", "''=1"]
COLUMNS = "&".join(f"column={name}" for name in ("place", "tags", "gender"))
RUNS = tuple("=+-@\t\r")


@pytest.fixture
def browser(alice: User, signed_in: Callable[[User], Client]) -> Client:
    """Of who made customers and a segment of nothing but formulas."""
    for place, text in enumerate(DANGEROUS):
        one = customer(f"user:{place}", name=text)
        edit_attributes(customer_ids=[one.pk], changes={"city": text, "attributes.=x": text}, by=None)
        add_tag(customer_ids=[one.pk], tag=text, by=None)
    condition = {"kind": "attribute", "name": "attributes.=x", "op": "not_empty"}
    create_segment(by=None, key="all", name="=1+1", condition=condition)
    build(clock.now())
    browser = signed_in(alice)
    browser.get(f"/customers/?{COLUMNS}")
    return browser


def file(browser: Client, address: str, **form: str) -> bytes:
    answer = browser.post(address, form)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["/customers/export/", "/segments/all/export/"])
def test_no_cell_of_an_exported_file_runs_in_a_spreadsheet(address: str, browser: Client) -> None:
    text = file(browser, address, query="", form="csv").decode("utf-8-sig")
    cells = [one for row in csv.reader(io.StringIO(text)) for one in row]
    assert not [one for one in cells if one.startswith(RUNS)]
    assert set(DANGEROUS) <= {cell(one) for one in cells}


def test_no_cell_of_a_workbook_is_a_formula(browser: Client) -> None:
    book = zipfile.ZipFile(io.BytesIO(file(browser, "/segments/all/export/", form="xlsx")))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and set(re.findall(r'<c t="(.*?)"', sheet)) == {"inlineStr"} and ">=1+1<" in sheet
