"""What a registry's file defines of its tables: columns, defaults and the key that the database keeps unique.

Asked of the catalogue for all tables at once, which takes as long as for a single one; only migrations change it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from registry import sql


@dataclass(frozen=True)
class Definition:
    """One table: (name, type) of each column in order, defaults as SQL text by column, and the columns of its key."""

    columns: list[tuple[str, str]]
    defaults: dict[str, str]
    key: tuple[str, ...] = ()


def definitions(rows: Callable[[str], Sequence[tuple[Any, ...]]]) -> dict[str, Definition]:
    """The definition of every table of the file, by name; neither views nor temporary tables."""
    keys = {table: tuple(columns) for table, columns in rows(sql.text("queries/table_keys"))}
    tables: dict[str, Definition] = {}
    for table, column, kind, default in rows(sql.text("queries/columns")):
        definition = tables.setdefault(table, Definition([], {}, keys.get(table, ())))
        definition.columns.append((column, kind))
        if default is not None:
            definition.defaults[column] = default
    return tables
