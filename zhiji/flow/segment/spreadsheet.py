"""Rows as a file: CSV or a workbook of one sheet, written row by row, so that a million rows need no memory."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape

from zhiji.kernel.values.written import safe

MOST = 1_048_576
Write = Callable[[list[Any]], None]
_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml"\
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml"\
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
_RELATION = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship\
 Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{type}"\
 Target="{target}"/></Relationships>"""
_BOOK = """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"\
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>\
<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


class TooManyRows(ValueError):
    """A sheet holds 1,048,576 rows; the file has to be CSV."""


@contextmanager
def comma_separated(file: IO[bytes]) -> Iterator[Write]:
    """Write rows as CSV; the first mark tells spreadsheets it is UTF-8."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    text.write("\ufeff")
    writer = csv.writer(text)
    yield lambda row: writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in row])
    text.flush()
    text.detach()


@contextmanager
def workbook(file: IO[bytes], name: str) -> Iterator[Write]:
    """Write rows as an XLSX workbook with one sheet. Raises TooManyRows."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _RELATION.format(type="officeDocument", target="xl/workbook.xml"))
        title = escape(re.sub(r"[\[\]:*?/\\'\"]", " ", name)[:31] or "1")
        book.writestr("xl/workbook.xml", _BOOK.format(name=title))
        book.writestr("xl/_rels/workbook.xml.rels", _RELATION.format(type="worksheet", target="worksheets/sheet1.xml"))
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET.encode())
            rows = 0

            def write(row: list[Any]) -> None:
                nonlocal rows
                rows += 1
                if rows > MOST:
                    raise TooManyRows
                sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())

            yield write
            sheet.write(b"</sheetData></worksheet>")


def _cell(value: Any) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", "" if value is None else str(value))[:32_767]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"
