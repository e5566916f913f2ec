"""Any laboratory's CSV through a mapping: the file is opened here, and `walk` makes patients and observations of it."""

from dataclasses import replace
from pathlib import Path

from adjudication.toml_table import nearest
from registry.errors import Problem, Refused, Usage
from registry.exchange.sources import TextTable
from registry.exchange.sources.mapping import Mapping, built_in, load_mapping
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.own_table import columns_named, of_own_table
from registry.exchange.sources.site_csv import read_site_csv
from registry.exchange.sources.walk import Laboratory, day_reader, joined, through
from registry.visible import visible

__all__ = [
    "Laboratory",
    "built_in",
    "columns_named",
    "day_reader",
    "joined",
    "load_mapping",
    "of_table",
    "read",
    "read_table",
    "through",
]


def read(path: Path, mapping: Mapping) -> Laboratory:
    """Read the file at `path`. Raises Refused if it is not what the mapping says."""
    if not path.is_file():
        raise Usage(f"{path} is not a file.")
    return of_table(read_table(path, mapping, columns_named(mapping)), mapping)


def read_table(path: Path, mapping: Mapping, columns: list[str], *, every: bool = False) -> TextTable:
    """A CSV file in the dialect of the mapping. Raises Refused if one of `columns` is missing."""
    return read_site_csv(
        content_of(path),
        path,
        visible(path.name),
        columns,
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        header_row=mapping.header_row,
        skip=mapping.skip,
        every=every,
        missing=lambda names: _refuse_missing(names, columns, path.name, mapping),
    )


def _refuse_missing(names: list[str], columns: list[str], file: str, mapping: Mapping) -> None:
    missing = [column for column in columns if column not in names]
    if not missing:
        return
    problems = []
    for column in missing:
        meant = nearest(column, names)
        remedy = f"Did you mean {meant}? " if meant else ""
        problems.append(
            Problem(
                file,
                None,
                column,
                None,
                "the column, which the mapping names",
                f"{remedy}Correct the mapping.",
            )
        )
    raise Refused(f"{file} lacks {', '.join(missing)}, which the mapping {mapping.name} names.", problems)


def of_table(raw: TextTable, mapping: Mapping) -> Laboratory:
    """The same of a table that was read from another format. Raises Refused if a named column is missing."""
    _refuse_missing(raw.texts.column_names, columns_named(mapping), raw.file, mapping)
    laboratory = of_own_table(raw, mapping)
    notes = [f"{raw.file} was read through the mapping {mapping.name}."]
    if mapping.dates_are_shifted:
        notes.append("Its dates are shifted for de-identification, so dates in the future are accepted.")
    return replace(laboratory, notes=[*notes, *raw.notes, *laboratory.notes])
