"""What a path holds, by its first bytes: which door reads it."""

import os
import stat
import zipfile
from pathlib import Path

from registry.exchange.sources import hl7v2, omop, sas
from registry.exchange.sources.opening import refused

FIRST_BYTES = 4_096
ENDINGS = {"fhir": (".json", ".ndjson", ".jsonl"), "hl7v2": (".hl7", ".oru", ".txt")}
"""Of the files of a folder that are read."""
_REDCAP = (b"redcap_event_name", b"redcap_repeat_instrument", b"redcap_data_access_group", b"redcap_survey")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def format_of(path: Path, *, has_mapping: bool) -> str:
    """The format of a file or folder, as `--format` names it.

    Text that is nothing else is a laboratory's CSV where a mapping is given, and a table of a bundle where none is.
    Raises Refused for what no door reads.
    """
    if path.is_dir():
        return _of_folder(path)
    first = first_bytes(path)
    if first.startswith(b"PK\x03\x04"):
        return _of_zip(path, has_mapping)
    if first.startswith(_OLD_WORKBOOK):
        return "xlsx"
    if sas.kind_of(first):
        return "sas"
    if first.startswith(b"%PDF"):
        raise refused(path.name, "a table or messages", "This is a PDF: ask for the results as CSV.")
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x0b\x1c")
    if text.startswith(hl7v2.STARTS):
        return "hl7v2"
    if text[:1] in (b"{", b"[") and path.suffix.casefold() not in (".csv", ".parquet"):
        if b'"datasetJSONVersion"' in first:
            raise refused(
                path.name, "a format that is read", "This is Dataset-JSON: save the dataset as CSV."
            )
        return "fhir"
    if any(word in first.split(b"\n")[0] for word in _REDCAP):
        return "redcap"
    return "lab-csv" if has_mapping and not first.startswith(b"PAR1") else "bundle"


def first_bytes(path: Path) -> bytes:
    """The beginning of an ordinary file, empty for anything else; a pipe is never waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(handle, FIRST_BYTES) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(handle)


def _of_folder(path: Path) -> str:
    try:
        names = [name for _, name in zip(range(10_000), sorted(os.listdir(path)), strict=False)]  # noqa: PTH208
    except OSError:
        return "bundle"
    if omop.holds(names):
        return "omop"
    endings = {Path(name).suffix.casefold() for name in names if not name.startswith(".")}
    if endings & {".csv", ".parquet"}:
        return "bundle"
    return "fhir" if endings & set(ENDINGS["fhir"]) else "hl7v2" if ".hl7" in endings else "bundle"


def _of_zip(path: Path, has_mapping: bool) -> str:
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()[:10_000]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "bundle"
    if "xl/workbook.xml" in names or {"mimetype", "content.xml"} <= set(names):
        return "xlsx"
    tables = [name.rpartition("/")[2] for name in names]
    if omop.holds(tables):
        return "omop"
    return "lab-csv" if has_mapping and len(names) == 1 else "bundle"
