"""Foreign formats through one door: a path, its format and a mapping become tables of text, ready for intake."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from registry.errors import Usage
from registry.exchange.sources import TextTable, fhir, hl7v2, lab_csv, omop, redcap, sas, workbook
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.mapping import Mapping, load_mapping
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.pattern import matches
from registry.exchange.sources.results import LocalWords, tables
from registry.visible import visible

STANDARD = ("hl7v2", "fhir", "omop")
"""Formats that are read without a mapping; one adds what is local."""
OWN_TABLE = ("xlsx", "redcap", "sas")
"""Formats that hold a site's own table, which a mapping reads."""


def read(path: Path, form: str, mapping: Path | str | None) -> lab_csv.Laboratory:
    """What the file or folder at `path` gives. Raises Refused for what it is not, Usage for a mapping that lacks."""
    if form in STANDARD:
        return _standard(path, form, mapping)
    if mapping is None:
        kind = {"xlsx": "An Excel workbook", "redcap": "A REDCap export", "sas": "A SAS dataset"}[form]
        raise Usage(f"{kind} needs a mapping: --mapping FILE says what its columns are.")
    mapped = load_mapping(mapping)
    cells, digest = _own_table(path, form, mapped, Path(mapping))
    raw = TextTable(
        pa.table(
            {name: pa.array(column, pa.string()) for name, column in _columns(cells)},
        ),
        visible(path.name),
        digest,
        np.array([line for line, _ in cells.rows], np.int64),
    )
    laboratory = lab_csv.of_table(raw, mapped)
    return lab_csv.Laboratory(
        laboratory.tables, [*cells.notes, *laboratory.notes], laboratory.marks, laboratory.dates_are_shifted
    )


def _columns(cells: CellTable) -> list[tuple[str, list[str | None]]]:
    """Each named column once, empty cells None."""
    found: dict[str, list[str | None]] = {}
    for at, name in enumerate(cells.header):
        if name and name not in found:
            found[name] = [row[at] or None for _, row in cells.rows]
    return list(found.items())


def _own_table(path: Path, form: str, mapped: Mapping, place: Path) -> tuple[CellTable, str]:
    data = content_of(path)
    named = lab_csv.columns_named(mapped)
    if form == "xlsx":
        cells = workbook.read(
            data,
            visible(path.name),
            sheet=mapped.sheet,
            header_row=mapped.header_row,
            named=named,
            decimal=mapped.marks.decimal if mapped.marks else None,
            skipped=lambda text: any(matches(pattern, text) for pattern in mapped.skip),
        )
    elif form == "redcap":
        dictionary = mapped.section("redcap")["dictionary"] if "redcap" in mapped.sections else None
        beside = place.parent / dictionary if dictionary else None
        cells = redcap.read(
            data,
            visible(path.name),
            content_of(beside) if beside else None,
            named=named,
            filled=mapped.value_columns,
            encoding=mapped.encoding if mapped.encoding != "utf-8" else None,
        )
    else:
        cells = sas.read(data, visible(path.name))
    return cells, sha256(data).hexdigest()


def _standard(path: Path, form: str, mapping: Path | str | None) -> lab_csv.Laboratory:
    mapped = load_mapping(mapping, has_columns=False) if mapping is not None else None
    codes = [one.code for one in mapped.analytes] if mapped else []
    words = LocalWords(
        mapped.source if mapped else form,
        mapped.site if mapped else None,
        *(
            (mapped.analytes, mapped.not_taken, mapped.unit_spelling, mapped.absent, mapped.absent_reason)
            if mapped
            else ()
        ),
    )
    system = mapped.patient_system if mapped else None
    name = visible(path.name)
    patients: CellTable | None = None
    if form == "omop":
        results, patients = omop.read(path, mapped=codes)
        digest = None
    else:
        files = _files(path, form)
        digest = sha256(b"\n".join(sha256(data).digest() for _, data in files)).hexdigest()
        if len(files) == 1:
            digest = sha256(files[0][1]).hexdigest()
        if form == "fhir":
            results, patients = fhir.read(files, name, mapped=codes, system=system)
        else:
            encoding = mapped.encoding if mapped and mapped.encoding != "utf-8" else None
            results = hl7v2.read(files[0][1], name, mapped=codes, system=system, encoding=encoding)
    notes = list(results.notes)
    if mapped is not None:
        notes.append(f"{name} was read through the mapping {mapped.name}.")
    return lab_csv.Laboratory(
        tables(results, patients, words, digest),
        notes,
        mapped.marks if mapped else None,
        mapped.dates_are_shifted if mapped else False,
    )


def _files(path: Path, form: str) -> Sequence[tuple[str, bytes]]:
    """The file, or the files of a folder of FHIR."""
    if not path.is_dir():
        return [(visible(path.name), content_of(path))]
    endings = (".json", ".ndjson", ".jsonl")
    inside = path.resolve()
    found = [
        entry
        for entry in sorted(path.iterdir())
        if form == "fhir" and entry.suffix.casefold() in endings and entry.resolve().is_relative_to(inside)
    ]
    if not found:
        raise Usage(f"{path} is a folder without a file of the format {form}.")
    return [(visible(entry.name), content_of(entry)) for entry in found]
