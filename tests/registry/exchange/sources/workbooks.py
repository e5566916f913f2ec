"""Workbooks made for tests: with openpyxl where it can, else from their XML."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl


def excel(
    *rows: Sequence[Any], change: Callable[[Any, Any], None] = lambda _book, _sheet: None, title: str = "Lab"
) -> bytes:
    """An .xlsx with these rows; `change` gets the workbook and its sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    change(book, sheet)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(workbook: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one of its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(written, "w", 8) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, change(content.decode()) if part.filename == name else content)
    return written.getvalue()


def with_shared_texts(workbook: bytes, *texts: str) -> bytes:
    """The workbook with a table of texts that its cells may name by number."""
    written = io.BytesIO(workbook)
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    with zipfile.ZipFile(written, "a", 8) as packed:
        packed.writestr("xl/sharedStrings.xml", f'<sst xmlns="{namespace}">{items}</sst>')
    return written.getvalue()


def open_document(table: str) -> bytes:
    """An .ods whose content has this XML of tables."""
    written = io.BytesIO()
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
        packed.writestr("META-INF/manifest.xml", manifest)
    return written.getvalue()


def ods_cell(value: str | float | None, attributes: str = "") -> str:
    """One cell of an .ods."""
    if value is None:
        return f"<table:table-cell {attributes}/>"
    kind = "string" if isinstance(value, str) else f'float" office:value="{value}'
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}" {attributes}>{text}</table:table-cell>'
