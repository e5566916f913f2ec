"""What every reader of a foreign format gives: a table of cells, each a text, with the line that each row came from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CellTable:
    """Rows as the file has them, before any mapping.

    `rows` are (line, cells): the 1-based line, segment, entry or row of the file, and one text for each column of
    `header`, empty where nothing is recorded. `notes` are sentences for the person who imports.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()
