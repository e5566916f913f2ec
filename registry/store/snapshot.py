"""Several reads of one state of the registry, and tables that are kept between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from registry.errors import Usage
from registry.store.cursor import Cursor

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Snapshot:
    """What a `with db.snapshot() as snapshot:` block reads with: changes stored meanwhile are not seen.

    `revision` is the number of the last change before it began.
    """

    def __init__(self, cursor: Cursor, revision: int) -> None:
        self._cursor = cursor
        self.revision = revision

    def keep(self, name: str, query: str, params: Sequence[Any] = ()) -> None:
        """Keep the result of a query as a temporary table for the queries of this block.

        It stays in the database, which moves what does not fit the memory to disk. Raises Usage for a bad name.
        """
        if not _NAME.fullmatch(name):
            raise Usage(f"{name!r} cannot name a kept table: small letters, digits and _ only.")
        self._cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}', params)

    def arrow(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """All rows of a query, as one Arrow table."""
        return self._cursor.arrow(query, params)

    def rows(self, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as tuples."""
        return self._cursor.execute(query, params).fetchall()
