"""The bundle: a folder, or a .zip of it, with one CSV or Parquet file for each kind of row."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from adjudication.toml_table import nearest
from registry.errors import Problem, Refused
from registry.exchange.sources import TextTable
from registry.exchange.sources.opening import ENDINGS, files_of, refused
from registry.exchange.sources.parquet import read_parquet
from registry.exchange.sources.text import read_csv
from registry.record.fields import DERIVED, TABLES

JUDGEMENTS = ("decision", "read")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Bundle:
    """The tables of a bundle as text, by name, and what was left aside."""

    tables: dict[str, TextTable]
    notes: list[str]
    judgements: dict[str, TextTable] = field(default_factory=dict)
    """What people decided, `decision` and `read`, if the bundle has it."""


def read(path: Path) -> Bundle:
    """Read a folder, a .zip or a single table. Raises Refused with every file that cannot be read."""
    tables: dict[str, TextTable] = {}
    judgements: dict[str, TextTable] = {}
    notes: list[str] = []
    problems: list[Problem] = []
    for name, data in files_of(path):
        stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
        if ending not in ENDINGS:
            notes.append(f"{name} is not a table and was ignored.")
        elif stem in JUDGEMENTS and stem not in judgements:
            try:
                judgements[stem] = read_csv(data, name) if ending == ".csv" else read_parquet(data, name)
            except Refused as error:
                problems.extend(error.problems)
        elif stem in DERIVED:
            notes.append(f"{name} is calculated by the registry and was ignored.")
        elif stem not in TABLES:
            meant = nearest(stem, list(TABLES))
            remedy = f"Did you mean {meant}{ending}?" if meant else f"Expected: {', '.join(TABLES)}."
            problems.append(Problem(name, None, None, None, "a table of a bundle", remedy))
        elif stem in tables:
            problems.append(
                Problem(name, None, None, None, "each table once", "Keep the CSV or the Parquet file.")
            )
        else:
            try:
                tables[stem] = read_csv(data, name) if ending == ".csv" else read_parquet(data, name)
            except Refused as error:
                problems.extend(error.problems)
    if problems:
        raise Refused(f"{path.name}: nothing was stored. {problems[0]}", problems)
    if not tables:
        remedy = f"Put at least one of these there: {', '.join(f'{name}.csv' for name in TABLES)}."
        raise refused(path.name, "at least one table of a bundle", remedy)
    return Bundle({name: tables[name] for name in TABLES if name in tables}, notes, judgements)
