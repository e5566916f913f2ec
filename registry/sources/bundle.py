"""The bundle: a folder, or a .zip of it, with one CSV or Parquet file for each kind of row."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from registry.errors import Problem, Refused
from registry.facts.fields import DERIVED, TABLES, nearest
from registry.sources import TextTable
from registry.sources.text import read_csv, read_parquet, refused

LARGEST_UNPACKED_BYTES = 16 * 2**30
LARGEST_RATIO = 250
"""A table of repetitive rows packs about twenty to one; beyond this it is a bomb."""
SMALL_BYTES = 4 * 2**20
MOST_MEMBERS = 1_000
JUDGEMENTS = ("decision", "read")
_ENDINGS = (".csv", ".parquet")
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
    for name, data in _files(path):
        stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
        if ending not in _ENDINGS:
            notes.append(f"{name} is no table and was left aside.")
        elif stem in JUDGEMENTS and stem not in judgements:
            try:
                judgements[stem] = read_csv(data, name) if ending == ".csv" else read_parquet(data, name)
            except Refused as error:
                problems.extend(error.problems)
        elif stem in DERIVED:
            notes.append(f"{name} is derived by the registry and was left aside.")
        elif stem not in TABLES:
            meant = nearest(stem, list(TABLES))
            remedy = f"Did you mean {meant}{ending}?" if meant else f"A bundle has {', '.join(TABLES)}."
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


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from _in_folder(path)
    elif path.suffix.casefold() == ".zip":
        yield from _in_zip(path)
    else:
        yield path.name, path.read_bytes()


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    entries = sorted(entry for entry in path.iterdir() if not _is_junk(entry.name))
    if len(entries) == 1 and entries[0].is_dir():
        entries = sorted(entry for entry in entries[0].iterdir() if not _is_junk(entry.name))
    for entry in entries:
        if entry.is_file():
            yield entry.name, entry.read_bytes() if entry.suffix in _ENDINGS else b""


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name in _JUNK


def _in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Unpacked in memory: nothing of a bundle is left on disk."""
    damaged = "It is damaged or was not copied to its end: copy it again."
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
            members = _members(packed, path.name)
            for name, member in members:
                yield name, packed.read(member) if name.endswith(_ENDINGS) else b""
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise refused(path.name, "a whole .zip file without a password", damaged) from error


def _members(packed: zipfile.ZipFile, file: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """The tables in the archive, at its top or in its one folder. Raises Refused for a trap."""
    infos = packed.infolist()
    if len(infos) > MOST_MEMBERS or sum(info.file_size for info in infos) > LARGEST_UNPACKED_BYTES:
        raise refused(file, "a .zip of one bundle", "It unpacks to far too much: pack only the tables.")
    found: list[tuple[PurePosixPath, zipfile.ZipInfo]] = []
    for info in infos:
        place = PurePosixPath(info.filename)
        if place.is_absolute() or ".." in place.parts or "\\" in info.filename or ":" in info.filename:
            raise refused(file, "names inside the folder", "Pack it again.", value=info.filename[:80])
        if info.file_size > SMALL_BYTES and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
            raise refused(file, "tables", "A file in it unpacks to far too much.", value=info.filename[:80])
        if not info.is_dir() and not any(_is_junk(part) for part in place.parts):
            found.append((place, info))
    tops = {place.parts[0] for place, _ in found}
    depth = 2 if len(tops) == 1 and all(len(place.parts) > 1 for place, _ in found) else 1
    return sorted((place.name, info) for place, info in found if len(place.parts) == depth)
