"""One cursor of the open database, as the rooms of the store use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa


class Cursor:
    """A DuckDB cursor that is used by one thread for one call or one transaction."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def execute(self, query: str, params: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement; the caller fetches everything at once."""
        return self._cursor.execute(query, list(params)) if params else self._cursor.execute(query)

    def arrow(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """The whole result as one Arrow table."""
        if params:  # a relation with parameters holds its rows as Python values: thirty times the time
            return self._cursor.execute(query, list(params)).to_arrow_table()
        return self._cursor.sql(query).to_arrow_table()

    def batches(self, query: str, params: Sequence[Any], rows_per_batch: int) -> Iterator[pa.RecordBatch]:
        """The result in Arrow batches, fetched while they are read."""
        asked = self._cursor.execute(query, list(params)) if params else self._cursor.sql(query)
        yield from asked.to_arrow_reader(rows_per_batch)

    @contextmanager
    def registered(self, name: str, rows: pa.Table) -> Iterator[None]:
        """`rows` can be queried as `name` inside the block."""
        self._cursor.register(name, rows)
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # in an aborted transaction
                self._cursor.unregister(name)
            raise
        self._cursor.unregister(name)

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()
