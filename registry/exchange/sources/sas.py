"""SAS files, transport (.xpt) and .sas7bdat, as the site's own table: a dataset of SDTM such as LB, cell by cell.

Reading them takes the package pyreadstat, which is an extra: `pip install nadir[sas]`.
"""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.errors import Usage
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.opening import refused

TRANSPORT = b"HEADER RECORD*******L"
DATASET = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
MOST_CELLS = 50_000_000
MOST_COLUMNS = 2_000


def kind_of(data: bytes) -> str | None:
    """`xpt` or `sas7bdat` by the first bytes; None for another file."""
    if data.startswith(TRANSPORT):
        return "xpt"
    return "sas7bdat" if data.startswith(DATASET) else None


def read(data: bytes, file: str) -> CellTable:
    """The one dataset of a file, days in ISO. Raises Refused for what is none, Usage without pyreadstat."""
    try:
        import pyreadstat
    except ImportError as error:
        raise Usage(
            "Reading SAS files needs the package pyreadstat: pip install 'nadir[sas]'. "
            "Or save the dataset as CSV and import it as lab-csv."
        ) from error
    kind = kind_of(data)
    if kind is None:
        raise refused(file, "a SAS transport file (.xpt) or a .sas7bdat", "Save the dataset as CSV instead.")
    reader = pyreadstat.read_xport if kind == "xpt" else pyreadstat.read_sas7bdat
    damaged = "It is damaged or incomplete. Copy it again, or save the dataset as CSV."
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"dataset.{kind}"
        place.write_bytes(data)
        try:
            _, about = reader(str(place), metadataonly=True)
            rows = about.number_rows or 0
            if len(about.column_names) > MOST_COLUMNS or rows * len(about.column_names) > MOST_CELLS:
                raise refused(file, f"at most {MOST_CELLS:,} cells", "Divide the dataset.")
            columns, about = reader(str(place), output_format="dict")
        except (pyreadstat.ReadstatError, UnicodeError, ValueError, OverflowError) as error:
            raise refused(file, "a whole SAS dataset", damaged) from error
    names = list(about.column_names)
    texts = [[_as_text(value) for value in columns[name]] for name in names]
    rows_of_texts = tuple((at, cells) for at, cells in enumerate(zip(*texts, strict=True), 1) if any(cells))
    return CellTable(file, tuple(names), rows_of_texts)


def _as_text(value: Any) -> str:
    """One cell as text; a missing number is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    text = format(Decimal(f"{float(value):.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
