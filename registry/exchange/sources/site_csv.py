"""A site's own CSV as it is: its lines, its header wherever it is, and nothing harmless refused.

A mark of UTF-16, a compressed file, `sep=;`, lines above the header, blank lines, a header that is repeated and empty
cells behind the last column are read past. Each row keeps the line that an editor shows.
"""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from registry.errors import Problem
from registry.exchange.sources import TextTable
from registry.exchange.sources.opening import LARGEST_UNPACKED_BYTES, files_of, refused
from registry.exchange.sources.pattern import matches
from registry.exchange.sources.text import LARGEST_ROW_BYTES

MOST_HEADER_LINES = 200
"""So many lines are tried as the header where the mapping does not name it."""
DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_FOREIGN = (
    (b"%PDF", "a PDF", "Ask for the results as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Import it with --format xlsx."),
    (b"PK\x03\x04", "an Excel workbook or a zip", "Import a workbook with --format xlsx."),
    (b"PAR1", "a Parquet file", "Import it as a table of a bundle, or export it as CSV."),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "a SAS dataset (SAS7BDAT)", "Export it as CSV or as an XPORT file."),
    (b"HEADER RECORD*******", "a SAS transport file (XPORT)", "Import it with --format sas."),
)  # fmt: skip
_MESSAGES = ("MSH|", "FHS|", "BHS|", "\x0bMSH|")
_SAVE_AGAIN = "Save it again as CSV UTF-8 (in Excel: Save as, 'CSV UTF-8 (comma delimited)')."


def cleaned(text: str) -> str:
    """A cell without what nobody sees: hidden characters, line breaks as spaces, no space at its ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    shown = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign
        for sign in text
        if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn")
    )
    return re.sub(r" {2,}", " ", unicodedata.normalize("NFC", shown)).strip()


def unpacked(data: bytes, path: Path) -> bytes:
    """The CSV in a .gz, or the only one in a .zip; other bytes as they are."""
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                content = packed.read(LARGEST_UNPACKED_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            remedy = "The compressed file is damaged or incomplete. Copy it again."
            raise refused(path.name, "a whole .gz file", remedy) from error
        if len(content) > LARGEST_UNPACKED_BYTES:
            raise refused(path.name, "a .gz of ordinary size", "It is too large when unpacked.")
        return content
    if data.startswith(b"PK\x03\x04") and path.suffix.casefold() == ".zip":
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                if "xl/workbook.xml" in packed.namelist():
                    return data
        tables = [content for name, content in files_of(path) if PurePosixPath(name).suffix == ".csv"]
        if len(tables) != 1:
            raise refused(path.name, "one CSV in the .zip", f"There are {len(tables)}: unpack it first.")
        return tables[0]
    return data


def refuse_foreign(data: bytes, file: str) -> None:
    """Raise Refused for what is no CSV, with its name and the door that reads it."""
    for start, name, remedy in _FOREIGN:
        if data.startswith(start):
            raise refused(file, "a CSV file", f"This is {name}. {remedy}")
    first = data[:4096].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="ignore").lstrip(" \t\r\n")
    if first.startswith(("{", "[{", "[ {", "[\n")):
        if "datasetJSONVersion" in first:
            raise refused(file, "a CSV file", "This is Dataset-JSON: save the dataset as CSV.")
        if "resourceType" in first:
            raise refused(file, "a CSV file", "This is FHIR: import it with --format fhir.")
        raise refused(file, "a CSV file", "This is JSON, FHIR perhaps: import FHIR with --format fhir.")
    if first.startswith(_MESSAGES):
        raise refused(file, "a CSV file", "These are HL7 v2 messages: import them with --format hl7v2.")
    if first.startswith(("<?xml", "<html", "<!DOCTYPE")):
        raise refused(file, "a CSV file", "This is XML or a web page: export the results as CSV.")


def decoded(data: bytes, file: str, encoding: str | None) -> str:
    """The text of a file; a byte order mark wins over `encoding`. Raises Refused."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    name = marked or encoding or "utf-8"
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if name not in ("utf-8", "utf-8-sig"):
            raise refused(
                file, f"text in {name}", f"Correct the encoding in the mapping (line {line})."
            ) from error
        remedy = (
            f"The byte 0x{data[error.start]:02x} in line {line} is not valid: the file may be Latin-1 or "
            f"Windows-1252. {_SAVE_AGAIN}"
        )
        raise refused(file, "text in UTF-8", remedy, row=max(1, line - 1)) from error
    except (UnicodeError, LookupError) as error:
        raise refused(file, f"text in {name}", "Correct the encoding in the mapping.") from error
    text = text.lstrip("\ufeff")
    if "\0" in text[:4096]:
        raise refused(file, "text", f"This looks like UTF-16 or no text at all. {_SAVE_AGAIN}")
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0"))
        raise refused(file, "text without NUL characters", "Remove them.", row=row)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_site_csv(
    data: bytes,
    path: Path,
    file: str,
    named: Sequence[str],
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    skip: Sequence[re.Pattern[str]] = (),
    missing: Callable[[list[str]], None] = lambda _names: None,
    every: bool = False,
) -> TextTable:
    """The columns that a mapping names, or `every` one, as text, None where empty, each row with its line.

    `missing` is called with the header, to refuse what lacks there; what it lets pass is absent from the table. Raises
    Refused for what is no CSV, and where a named column stands twice in the header.
    """
    digest = sha256(data).hexdigest()
    data = unpacked(data, path)
    refuse_foreign(data, file)
    text = decoded(data, file, encoding)
    if not text.strip():
        raise refused(file, "a header with the names of the columns", "The file is empty: fill it.")
    lines = text[:1_000_000].split("\n")
    start, mark = _header_at(lines, named, delimiter, header_row, file)
    names = [cleaned(name) for name in _cells(lines[start], mark)]
    missing(names)
    _refuse_twice(names, named, file)
    if text.count('"') % 2:
        raise refused(
            file,
            "every quotation mark to have its pair",
            f"Close the quotation, or double the mark: {_last_open(text)}.",
        )
    body = text.split("\n", start + 1)[start + 1] if text.count("\n") > start else ""
    body, numbers = _records(body, start + 2, skip)
    names += [""] * max(0, len(_cells(_first(body), mark)) - len(names))
    wanted = [name for name in (names if every else named) if name and names.count(name) == 1]
    table, wrong, order = _rows(body, file, mark, names, wanted)
    if len(numbers) != len(order) + len(wrong):
        numbers = _counted_slowly(body, mark, numbers)
    rows = np.arange(1, len(numbers) + 1)
    malformed = tuple(
        Problem(
            file,
            row,
            None,
            f"{found} cells",
            f"{len([name for name in names if name])} cells, as in the header",
            "Put text that contains the separator between quotation marks, or add what is missing.",
            int(numbers[row - 1]),
        )
        for row, found in wrong
    )
    keep = _is_row(table)
    kept_rows = rows[order - 1][keep] if len(order) else rows[:0]
    notes = _swallowed(body, mark, len(names), numbers)
    return TextTable(
        table.filter(pa.array(keep)),
        file,
        digest,
        kept_rows,
        malformed,
        lines=numbers[kept_rows - 1] if len(kept_rows) else numbers[:0],
        by_line=True,
        notes=notes,
    )


def _cells(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return [line]


def _header_at(
    lines: Sequence[str], named: Sequence[str], delimiter: str | None, header_row: int | None, file: str
) -> tuple[int, str]:
    """The place of the header among the lines, from 0, and the mark between its columns."""
    declared = re.fullmatch(r"sep=(.)", lines[0].strip())
    marks = [delimiter] if delimiter else [declared[1]] if declared else list(DELIMITERS)
    first = next(
        (at for at, line in enumerate(lines) if line.strip() and not (at == 0 and declared)), len(lines) - 1
    )
    if header_row is not None:
        if header_row > len(lines):
            raise refused(file, f"a header in line {header_row}", "The file is shorter: correct header_row.")
        places = [header_row - 1]
    else:
        places = [at for at in range(first, min(len(lines), first + MOST_HEADER_LINES)) if lines[at].strip()]
    for at in places:
        for mark in marks:
            if set(named) <= {cleaned(name) for name in _cells(lines[at], mark)}:
                return at, mark
    at = places[0] if places else first
    line = lines[at]
    if delimiter and len(_cells(line, delimiter)) == 1:
        likely = max((mark for mark in DELIMITERS if mark != delimiter), key=line.count)
        if line.count(likely):
            words = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
            raise refused(
                file,
                f"columns separated by {words.get(delimiter, delimiter)}",
                f"They are separated by {words[likely]}. Correct the delimiter in the mapping.",
                value=line[:80],
            )
    return at, max(marks, key=line.count)


def _refuse_twice(names: Sequence[str], named: Sequence[str], file: str) -> None:
    twice = [name for name in named if names.count(name) > 1]
    if twice:
        raise refused(
            file,
            f"each column that the mapping names once; {', '.join(twice)} stands more than once in the header",
            "Rename or remove the repeated column.",
        )


def _last_open(text: str) -> str:
    """Which line the last quotation mark stands in."""
    return f"the last one is in line {text.count(chr(10), 0, text.rindex(chr(34))) + 1}"


def _first(body: str) -> str:
    return body[: body.find("\n")] if "\n" in body else body


def _records(body: str, first_line: int, skip: Sequence[re.Pattern[str]]) -> tuple[str, NDArray[np.int64]]:
    """The rows without blank and skipped lines, and the line in which each begins."""
    data = np.frombuffer(body.encode(), np.uint8)
    breaks = np.flatnonzero(data == 10)
    quotes = np.flatnonzero(data == 34)
    outside = np.searchsorted(quotes, breaks) % 2 == 0
    starts = np.concatenate([[0], breaks[outside] + 1])
    ends = np.concatenate([breaks[outside], [len(data)]])
    lines = first_line + np.searchsorted(breaks, starts)
    full = ends > starts
    if full.all() and not skip:
        return body, lines
    whole = data.tobytes()
    kept: list[bytes] = []
    numbers: list[int] = []
    for start, end, line in zip(
        starts[full].tolist(), ends[full].tolist(), lines[full].tolist(), strict=True
    ):
        record = whole[start:end]
        if not record.strip():
            continue
        if skip and any(matches(pattern, record.decode()) for pattern in skip):
            continue
        kept.append(record)
        numbers.append(line)
    return b"\n".join(kept).decode(), np.array(numbers, np.int64)


def _rows(
    body: str, file: str, mark: str, names: Sequence[str], wanted: Sequence[str]
) -> tuple[pa.Table, list[tuple[int, int]], NDArray[np.int64]]:
    """The wanted columns, (row, cells) of rows that have too few or too many, and the rows that were read."""
    odd: list[tuple[int, int, str]] = []

    def leave_out(row: pyarrow.csv.InvalidRow) -> str:
        odd.append((row.number or 0, row.actual_columns, row.text))
        return "skip"

    width = len(names)
    places = {name: list(names).index(name) for name in wanted}
    if not body:
        empty = pa.table({name: pa.array([], pa.string()) for name in wanted})
        return empty, [], np.array([], np.int64)
    columns = [f"f{number}" for number in range(width)]
    for threads in (True, False):
        odd.clear()
        try:
            table = pyarrow.csv.read_csv(
                pa.py_buffer(body.encode()),
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=threads, column_names=columns, block_size=LARGEST_ROW_BYTES
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=mark, newlines_in_values=True, invalid_row_handler=leave_out
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    check_utf8=False,
                    include_columns=[f"f{place}" for place in places.values()],
                    column_types={name: pa.string() for name in columns},
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
        if not odd:
            break
    table = table.rename_columns(list(places))
    wrong: list[tuple[int, int]] = []
    more: list[list[str | None]] = []
    accepted: list[int] = []
    least = len([name for name in names if name])
    for row, found, text in odd:
        cells = next(csv.reader(io.StringIO(text), delimiter=mark), [])
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if least <= len(cells) <= width:
            accepted.append(row)
            more.append([cells[place] or None if place < len(cells) else None for place in places.values()])
        else:
            wrong.append((row, found))
    size = table.num_rows + len(odd)
    order = np.setdiff1d(np.arange(1, size + 1), [row for row, _, _ in odd])
    if more:
        added = pa.table(
            {name: pa.array([row[at] for row in more], pa.string()) for at, name in enumerate(places)}
        )
        order = np.concatenate([order, np.array(accepted, np.int64)])
        sorted_ = np.argsort(order, kind="stable")
        table, order = pa.concat_tables([table, added]).take(pa.array(sorted_)), order[sorted_]
    return table, wrong, order


def _counted_slowly(body: str, mark: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The line of each row as a strict reader counts them, where quotation marks stand inside of words."""
    reader = csv.reader(io.StringIO(body), delimiter=mark)
    first = int(numbers[0]) if len(numbers) else 1
    lines: list[int] = []
    before = 0
    for cells in reader:
        if cells:
            lines.append(first + before)
        before = reader.line_num
    return np.array(lines, np.int64)


def _is_row(table: pa.Table) -> NDArray[np.bool_]:
    """Which rows hold anything, and are not the header once more."""
    if not table.num_columns:
        return np.ones(table.num_rows, bool)
    empty = np.ones(table.num_rows, bool)
    header = np.ones(table.num_rows, bool)
    for name in table.column_names:
        column = table[name]
        empty &= column.is_null().to_numpy()
        header &= pc.fill_null(pc.equal(column, name), False).to_numpy()
    return np.asarray(~(empty | header))


def _swallowed(body: str, mark: str, width: int, numbers: NDArray[np.int64]) -> tuple[str, ...]:
    """What to say of cells that hold line breaks and as many separators as a row: rows may be lost in them."""
    found = []
    for cell in re.finditer(r'"(?:[^"]|"")*"', body) if '"' in body and width > 1 else ():
        text = cell[0]
        if "\n" in text and text.count(mark) >= width - 1:
            before = body.count("\n", 0, cell.start())
            first = int(numbers[0]) + before if len(numbers) else before
            found.append(
                f"Warning: lines {first} to {first + text.count(chr(10))} are one cell with line breaks and as many "
                f"separators as a row: is a quotation mark left open?"
            )
    return tuple(found[:20])
