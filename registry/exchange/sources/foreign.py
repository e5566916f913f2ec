"""Foreign formats through one door: a path, its format and a mapping become tables of text, ready for intake."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from registry.errors import Usage
from registry.exchange.sources import Aside, TextTable, fhir, hl7v2, lab_csv, omop, redcap, sas, workbook
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.mapping import Mapping, load_mapping
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.own_table import columns_named
from registry.exchange.sources.own_table import reason_of as not_mapped
from registry.exchange.sources.pattern import matches
from registry.exchange.sources.recognition import ENDINGS
from registry.exchange.sources.standard import RESULT_COLUMNS
from registry.exchange.sources.walk import CLUMPED, PLATELETS, Laboratory, walk
from registry.record.cells import quality_said
from registry.visible import visible

STANDARD = ("hl7v2", "fhir", "omop")
"""Formats that are read without a mapping; one adds what is local."""
OWN_TABLE = {"xlsx": "a workbook (Excel, LibreOffice)", "redcap": "a REDCap export", "sas": "a SAS dataset"}
"""Formats that hold a site's own table, which a mapping reads, as they are called."""
LARGEST_BYTES = 256 * 2**20
"""Of the files of one import together: each is held whole while it is read."""


def read(path: Path, form: str, mapping: Path | str | None) -> Laboratory:
    """What the file or folder at `path` gives. Raises Refused for what it is not, Usage for a mapping that lacks."""
    if form in STANDARD:
        return _standard(path, form, mapping)
    if mapping is None:
        what = OWN_TABLE.get(form, form)
        raise Usage(
            f"{visible(path.name)} is {what}. It needs a mapping: --mapping FILE says what its columns are."
        )
    mapped = load_mapping(mapping)
    cells, digest = _own_table(path, form, mapped, Path(mapping))
    return lab_csv.of_table(text_table(cells, visible(path.name), digest), mapped)


def text_table(cells: CellTable, name: str, digest: str | None = None) -> TextTable:
    """A table of cells as a table of text, whose rows have the numbers of the file."""
    lines = np.array([line for line, _ in cells.rows], np.int64)
    return TextTable(_texts(cells), name, digest, lines, lines=lines, by_line=True, notes=cells.notes)


def _columns(cells: CellTable) -> list[tuple[str, list[str | None]]]:
    """Each named column once, empty cells None."""
    found: dict[str, list[str | None]] = {}
    for at, name in enumerate(cells.header):
        if name and name not in found:
            found[name] = [row[at] or None for _, row in cells.rows]
    return list(found.items())


def _own_table(path: Path, form: str, mapped: Mapping, place: Path) -> tuple[CellTable, str]:
    data = content_of(path, most=LARGEST_BYTES)
    named = columns_named(mapped)
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
            encoding=mapped.encoding,
        )
    else:
        cells = sas.read(data, visible(path.name))
    return cells, sha256(data).hexdigest()


def _standard(path: Path, form: str, mapping: Path | str | None) -> Laboratory:
    mapped = _without_mapping(form) if mapping is None else load_mapping(mapping, has_columns=False)
    codes = [one.code for one in mapped.analytes]
    system = mapped.patient_system
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
            encoding = mapped.encoding
            results = _messages(files, name, codes, system, encoding)
    people = None if patients is None else TextTable(_texts(patients), patients.name)
    laboratory = walk(_with_analytes(results, digest, mapped), mapped, people)
    notes = [*results.notes, *laboratory.notes]
    if mapping is not None:
        notes.insert(0, f"{name} was read through the mapping {mapped.name}.")
    return replace(laboratory, notes=notes)


def _without_mapping(form: str) -> Mapping:
    """What holds for a format with a standard where no mapping adds anything."""
    return Mapping(
        form,
        None,
        form,
        False,
        None,
        None,
        None,
        (),
        {},
        None,
        (),
        "no value in the source",
        (),
        {},
        (),
        {},
        (),
    )


def _texts(cells: CellTable) -> pa.Table:
    return pa.table({name: pa.array(column, pa.string()) for name, column in _columns(cells)})


def _with_analytes(results: CellTable, digest: str | None, mapped: Mapping) -> TextTable:
    """The rows whose code is known or mapped, with what the mapping says of it; the others stand aside."""
    by_code = {one.code: one for one in mapped.analytes}
    names = ("code", "analyte", "patient_id", "quality", "comment")
    code, analyte, patient, quality, comment = (results.header.index(name) for name in names)
    aside: list[Aside] = []
    kept: list[tuple[int, tuple[str, ...]]] = []
    said: list[tuple[str | None, ...]] = []
    for line, cells in results.rows:
        local = by_code.get(cells[code])
        what = local.analyte if local else cells[analyte]
        if not what:
            aside.append(Aside(line, not_mapped(cells[code] or None, mapped), cells[patient] or None))
            continue
        row = list(cells)
        row[analyte] = what
        row[quality] = row[quality] or _spoiled(row[comment], what)
        kept.append((line, tuple(row)))
        said.append((local.unit, local.default_unit, local.specimen) if local else (None, None, None))
    texts = _texts(replace(results, rows=tuple(kept)))
    for at, name in enumerate(("mapped unit", "mapped default_unit", "mapped specimen")):
        texts = texts.append_column(name, pa.array([one[at] for one in said], pa.string()))
    lines = np.array([line for line, _ in kept], np.int64)
    return TextTable(texts, results.name, digest, lines, lines=lines, by_line=True, not_taken=tuple(aside))


def _spoiled(comment: str, analyte: str) -> str:
    """What a comment says of the specimen; clumps concern platelets alone."""
    said = quality_said(comment) or ""
    return said if analyte == PLATELETS or said != CLUMPED else ""


def _messages(
    files: Sequence[tuple[str, bytes]],
    name: str,
    mapped: Sequence[str],
    system: str | None,
    encoding: str | None,
) -> CellTable:
    """The results of all files of a folder; the numbers of the segments run on from file to file."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    notes: list[str] = []
    before = 0
    for file, data in files:
        read = hl7v2.read(data, file, mapped=mapped, system=system, encoding=encoding)
        rows += [(before + line, cells) for line, cells in read.rows]
        notes += read.notes
        if len(files) > 1 and read.rows:
            first, last = before + read.rows[0][0], before + read.rows[-1][0]
            notes.append(f"Results {first:,} to {last:,} are those of {file}.")
        before += read.rows[-1][0] if read.rows else 0
    return CellTable(name, RESULT_COLUMNS, tuple(rows), tuple(notes))


def _files(path: Path, form: str) -> Sequence[tuple[str, bytes]]:
    """The file, or the files of a folder."""
    if not path.is_dir():
        return [(visible(path.name), content_of(path, most=LARGEST_BYTES))]
    inside = path.resolve()
    found = [
        entry
        for entry in sorted(path.iterdir())
        if entry.suffix.casefold() in ENDINGS[form] and entry.resolve().is_relative_to(inside)
    ]
    if not found:
        raise Usage(f"{path} is a folder without a file of the format {form}.")
    contents: list[tuple[str, bytes]] = []
    left = LARGEST_BYTES
    for entry in found:
        contents.append((visible(entry.name), content_of(entry, most=left)))
        left -= len(contents[-1][1])
    return contents
