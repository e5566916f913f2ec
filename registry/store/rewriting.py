"""The whole file written anew, without what is to be gone for good, and put in place in one step.

A row that is deleted stays in the free blocks of a DuckDB file, and parents cannot be deleted with their children in
one transaction. So the rows that remain are copied into a new file, which takes the place of the old one once it was
verified. A kill at any moment leaves the one or the other, whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from registry.errors import Damaged
from registry.store import audit, migrations, verify
from registry.store.cursor import Cursor
from registry.store.definitions import definitions
from registry.store.transaction import ANCHORS, FACTS, SEALED

ROWS_PER_BATCH = 100_000
Change = Callable[[pa.RecordBatch], pa.RecordBatch]


def partial_of(path: Path) -> Path:
    """Where the new file is made, beside the registry."""
    return path.with_name(f"{path.name}.rewriting")


def remove_partial(path: Path) -> None:
    """Take away what a rewriting that was cut off left beside the registry."""
    partial = partial_of(path)
    for one in (partial, Path(f"{partial}.wal")):
        one.unlink(missing_ok=True)


class Rewriting:
    """A registry and the new file that it is copied into. Use `tables`, `copy`, `put`, then `finish`."""

    def __init__(self, old: Cursor, path: Path, config: Mapping[str, Any]) -> None:
        """`old` reads one state of the registry at `path`; the new file gets its tables and views, without rows."""
        remove_partial(path)
        self.rows_digest = ""
        """What the audit event says of the rows; the block that fills the new file sets it."""
        self.after: str | None = None
        """What the audit event shows as the values after, as JSON."""
        self.old = old
        self._definitions = definitions(self.rows)
        self.file = partial_of(path)
        self._new = duckdb.connect(str(self.file), config=dict(config))
        for one in migrations.available():
            self._new.execute(one.text)
        for table in self.tables():
            self._new.execute(f'DELETE FROM "{table}"')  # what migrations put there comes with the rows
        for text in migrations.views().values():
            self._new.execute(text)
        if verify.catalogue_digest(self.rows) != verify.catalogue_digest(self.new_rows):
            raise Damaged(
                f"{path} is not defined as this edition of the program defines it, so it cannot be written anew. "
                "Run `nadir verify`."
            )

    def rows(self, query: str, params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query on the old file."""
        return self.old.execute(query, [*params]).fetchall()

    def new_rows(self, query: str, params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query on the new file."""
        return self._new.execute(query, [*params]).fetchall()

    def tables(self) -> list[str]:
        """Every table, those that others point at first."""
        query = (
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY table_name"
        )
        names = [str(name) for (name,) in self.new_rows(query)]
        return [
            *(name for name in ANCHORS if name in names),
            *(name for name in names if name not in ANCHORS),
        ]

    def columns(self, table: str) -> list[tuple[str, str]]:
        """(name, type) of the columns of a table, in order."""
        return self._definitions[table].columns

    def copy(self, table: str, where: str, change: Change | None = None) -> None:
        """Copy the rows of a table that meet a condition, in their order; `change` is made to every batch of them."""
        query = f'SELECT * FROM "{table}" WHERE {where}'
        schema = self.old.arrow(f"{query} LIMIT 0").schema

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in self.old.batches(query, (), ROWS_PER_BATCH):
                yield batch if change is None else change(batch)

        self._insert(table, pa.RecordBatchReader.from_batches(schema, batches()))

    def put(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table of the new file."""
        self._insert(table, rows)

    def _insert(self, table: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        self._new.register("incoming", rows)
        self._new.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')
        self._new.unregister("incoming")

    def gone(self) -> tuple[dict[tuple[str, str, int], audit.Sums], dict[str, audit.Sums]]:
        """What the new file lacks: sums of rows by kind, table and event; and those of each sealed table.

        They are the difference of the two files, so what somebody altered before stays noticed.
        """
        rows: dict[tuple[str, str, int], audit.Sums] = {}
        superseded = audit.row_text_sql([("row_key", "BIGINT")])
        for table in (*ANCHORS, *FACTS, "touched"):
            by = "added_by_change" if table in ANCHORS else "change_seq"
            text = audit.row_text_sql(self.columns(table))
            self._take(rows, "wrote", table, audit.digest_sql(table, text, by=by))
            if table in FACTS:
                query = audit.digest_sql(table, superseded, "superseded_by IS NOT NULL", "superseded_by")
                self._take(rows, "superseded", table, query)
        sealed: dict[tuple[str, str, int], audit.Sums] = {}
        for table in SEALED:
            self._take(
                sealed, "sealed", table, audit.digest_sql(table, audit.row_text_sql(self.columns(table)))
            )
        return rows, {table: taken for (_, table, _), taken in sealed.items()}

    def _take(self, into: dict[tuple[str, str, int], audit.Sums], kind: str, table: str, query: str) -> None:
        before, after = (
            {int(by): (int(count), int(low or 0), int(high or 0)) for by, count, low, high in read(query)}
            for read in (self.rows, self.new_rows)
        )
        for by, had in before.items():
            left = audit.added(had, after.get(by, (0, 0, 0)), -1)
            if left != (0, 0, 0):
                into[kind, table, by] = left

    def finish(self) -> None:
        """Bring everything into the new file, and wait until the disk has it."""
        self._new.execute("CHECKPOINT")
        self._new.close()
        handle = os.open(self.file, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def close(self) -> None:
        """Leave the new file; where it was not put in place it is taken away."""
        with suppress(duckdb.Error):
            self._new.close()
        for one in (self.file, Path(f"{self.file}.wal")):
            one.unlink(missing_ok=True)
