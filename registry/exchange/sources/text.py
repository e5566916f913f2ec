"""Strict reading of CSV into text: nothing is guessed, nothing is converted, no row is lost.

A file that cannot be read raises Refused with a problem that says what it is and how to save it again;
rows with the wrong number of columns are listed with their row.
"""

import csv
import io
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from registry.errors import Problem
from registry.exchange.sources import TextTable
from registry.exchange.sources.opening import refused

MOST_COLUMNS = 500
LARGEST_ROW_BYTES = 16 * 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE_AGAIN = "Save it again as CSV UTF-8 (in Excel: Save as, 'CSV UTF-8 (comma delimited)')."


def read_csv(data: bytes, file: str, *, delimiter: str = ",", encoding: str = "utf-8") -> TextTable:
    """All cells of a CSV file with a header as text, None where empty.

    Raises Refused if it is not text in `encoding`, not separated by `delimiter`, or has no header.
    """
    digest = sha256(data).hexdigest()
    text = _as_utf8(data, file, encoding)
    names = _header(text, file, delimiter)
    if text.count(b'"') % 2:
        raise refused(
            file, "every quotation mark to have its pair", "Close the quotation, or double the mark."
        )
    table, wrong = _rows(text, file, delimiter, len(names))
    if table.num_columns != len(names):
        raise refused(file, "a header in one line", "Remove the line breaks from the column names.")
    numbers = np.arange(1, table.num_rows + len(wrong) + 1)
    if wrong:
        numbers = np.setdiff1d(numbers, [row for row, _ in wrong])
    malformed = tuple(
        Problem(
            file,
            row,
            None,
            f"{found} cells",
            f"{len(names)} cells, as in the header",
            "Put text that contains the separator between quotation marks, or add what is missing.",
        )
        for row, found in wrong
    )
    return TextTable(table.rename_columns(names), file, digest, numbers, malformed)


def _as_utf8(data: bytes, file: str, encoding: str) -> bytes:
    """The file as UTF-8 without a byte order mark, or an error that says what it is instead."""
    if data.startswith(b"PK\x03\x04"):
        raise refused(
            file, "a CSV file", "This is an Excel workbook or a zip under another name: export it as CSV."
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4096]:
        raise refused(file, "text in UTF-8", f"This looks like UTF-16 or no text at all. {_SAVE_AGAIN}")
    if b"\0" in data:
        row = data.count(b"\n", 0, data.index(b"\0"))
        raise refused(file, "text without NUL characters", "Remove them.", row=row)
    if encoding.replace("-", "").casefold() not in ("utf8", "utf8sig"):
        try:
            return data.decode(encoding).encode()
        except (UnicodeError, LookupError) as error:
            raise refused(file, f"text in {encoding}", "Correct the encoding in the mapping.") from error
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise refused(
            file,
            "text in UTF-8",
            f"The byte 0x{data[error.start]:02x} is not valid: the file may be Latin-1 or Windows-1252. "
            f"{_SAVE_AGAIN}",
            row=data.count(b"\n", 0, error.start),
        ) from error
    while data.startswith(_BYTE_ORDER_MARK):  # programs that add one do not look for it
        data = data.removeprefix(_BYTE_ORDER_MARK)
    return data


def _header(text: bytes, file: str, delimiter: str) -> list[str]:
    # A header is one line; more than this is no header.
    start = text.lstrip(b"\r\n")[:1_000_000].decode(errors="ignore")
    line = next(iter(io.StringIO(start, newline=None)), "").rstrip("\n")
    if not line.strip():
        raise refused(
            file, "a header with the names of the columns", "The file is empty: leave it out or fill it."
        )
    try:
        names = next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise refused(file, "a header with the names of the columns", "A column name is too long.") from error
    others = {mark: line.count(mark) for mark in _DELIMITERS if mark != delimiter}
    likely = max(others, key=lambda mark: others[mark])
    if len(names) == 1 and others[likely]:
        raise refused(
            file,
            f"columns separated by {_DELIMITERS.get(delimiter, delimiter)}",
            f"They are separated by {_DELIMITERS[likely]}. Save the file again, or import a laboratory "
            "file through a mapping that names it.",
            value=line[:80],
        )
    if len(names) > MOST_COLUMNS:
        raise refused(
            file, f"at most {MOST_COLUMNS} columns", f"There are {len(names):,}: keep those you need."
        )
    return names


def _rows(text: bytes, file: str, delimiter: str, width: int) -> tuple[pa.Table, list[tuple[int, int]]]:
    """The rows, and (row, number of cells) of those that have the wrong number."""
    table, wrong = _parsed(text, file, delimiter, width, threads=True)
    if wrong:
        # Only a single thread knows which row it is in.
        table, wrong = _parsed(text, file, delimiter, width, threads=False)
    return table, wrong


def _parsed(
    text: bytes, file: str, delimiter: str, width: int, *, threads: bool
) -> tuple[pa.Table, list[tuple[int, int]]]:
    wrong: list[tuple[int, int]] = []

    def leave_out(row: pyarrow.csv.InvalidRow) -> str:
        wrong.append(((row.number or 2) - 1, row.actual_columns))
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(text),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=threads, autogenerate_column_names=True, block_size=LARGEST_ROW_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_out
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                check_utf8=False,  # done, with the row of the byte
                column_types={f"f{number}": pa.string() for number in range(width)},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        remedy = (
            "A quotation mark is not closed, or a cell is larger than 16 MB: look at the end of the file."
        )
        raise refused(file, "rows of ordinary length", remedy) from error
    return table.slice(1), wrong


def without_rows(table: TextTable, keep: pa.Array | pa.ChunkedArray) -> TextTable:
    """The rows for which `keep` is true, with their row numbers."""
    mask = pc.fill_null(keep, False)
    chosen = np.asarray(
        mask.to_numpy(zero_copy_only=False) if isinstance(mask, pa.Array) else mask.to_numpy()
    )
    numbers, lines = (
        counted if counted is None else counted[chosen] for counted in (table.row_numbers, table.lines)
    )
    return replace(table, texts=table.texts.filter(mask), row_numbers=numbers, lines=lines)
