"""The only object that can write, alive inside one transaction of `Database.change`.

It adds the technical columns, remembers which patients were concerned, and adds up the digests that the
audit event of the transaction will hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from registry.errors import Conflict, NadirError, Usage
from registry.store import audit

if TYPE_CHECKING:
    from registry.database import Cursor

Rows: TypeAlias = pa.Table | Sequence[Mapping[str, Any]]

ANCHORS = ("patient", "episode", "course", "adverse_event")
FACTS = (
    "patient_fact",
    "exposure",
    "episode_fact",
    "course_fact",
    "course_agent",
    "observation",
    "bleed",
    "transfusion",
    "rescue",
    "other_cause",
    "adverse_event_fact",
    "attribution",
    "denominator",
    "missing_value",
    "outcome",
    "sign",
    "proposal_answer",
)
NOT_JUDGED = frozenset({"missing_value", "outcome", "sign", "proposal_answer"})
"""Facts that the judge never reads: writing them makes no call stale."""
TECHNICAL = ("row_key", "change_seq", "superseded_by", "added_by_change")
SEALED = (  # small tables, digested whole when written
    "registry",
    "account",
    "account_role",
    "credential",
    "migration",
    "review_case",
    "review_step",
    "review_read",
    "review_seat",
    "review_decision",
    "review_challenge",
    "value_query",
    "value_query_step",
    "programme",
)

# Facts are appended, but observations stand in the order in which they are judged.
STORED_ORDER = {"observation": "patient_key, observed_on, analyte, observation_id"}

# How to come from a fact to its patient.
_PATIENT_OF = {
    "patient_key": "",
    "episode_key": "JOIN episode USING (episode_key)",
    "course_key": "JOIN course USING (course_key) JOIN episode USING (episode_key)",
    "adverse_event_key": "JOIN adverse_event USING (adverse_event_key)",
}
_GUARDED = frozenset({*ANCHORS, *FACTS, "audit_event", "touched", "migration"})
_WRITES = re.compile(
    r"\b(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from|truncate(?:\s+table)?|copy|merge\s+into"
    r"|(?:drop|alter|create(?:\s+or\s+replace)?)\s+(?:table|view|sequence|schema)(?:\s+if\s+(?:not\s+)?exists)?)"
    r"\s+\"?(\w+)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Change:
    """What a `with db.change(...) as change:` block writes with. `seq` is the number of its audit event."""

    def __init__(
        self, cursor: Cursor, seq: int, last_row_key: int, columns: dict[str, list[tuple[str, str]]]
    ) -> None:
        """`columns` are those of tables as far as known; what has to be asked for is added."""
        self.seq = seq
        self.last_row_key = last_row_key
        self.subject: str | None = None
        """What the audit event names instead of the subject that the change began with."""
        self.before: str | None = None
        self.after: str | None = None
        self._cursor = cursor
        self._open = True
        self._failed = False
        self._written: set[str] = set()
        self._sealed: set[str] = set()
        self._superseded: dict[str, tuple[int, int, int]] = {}
        self._columns = columns
        self._touching = False

    # Writing facts

    def insert(self, table: str, rows: Rows) -> int:
        """Add rows to an anchor or fact table, and return how many.

        The names of the columns are those of the table; what is left out stays empty. Not to be given:
        row_key, change_seq, added_by_change. Left out, `version` is 1 and an anchor's key the next free one.
        Observations are stored in the order of patient, day and analyte.
        Raises Usage for an unknown table or column, Refused where a value breaks a rule of the table.
        """
        if table not in ANCHORS and table not in FACTS:
            raise Usage(f"{table} is not a table of the record.")
        incoming = _as_table(rows)
        known = [name for name, _ in self.columns(table)]
        self._refuse_unknown(table, incoming.column_names, known)
        if incoming.num_rows == 0:
            return 0
        with self._guard(), self._registered(incoming):
            added = self._added_columns(table, incoming)
            order = STORED_ORDER.get(table)
            source = f"(SELECT * FROM incoming ORDER BY {order})" if order else "incoming"
            self._cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT {added}, * FROM {source}')
            if table not in NOT_JUDGED:
                self._touch_patients_of(incoming.column_names)
        if table in FACTS:
            self.last_row_key += incoming.num_rows
        self._written.add(table)
        return incoming.num_rows

    def supersede(self, table: str, row_keys: pa.Array | pa.ChunkedArray | Iterable[int]) -> None:
        """Mark rows as replaced or withdrawn by this change; each must be current.

        Raises Conflict if one of them is not, because somebody else has replaced it meanwhile.
        """
        if table not in FACTS:
            raise Usage(f"{table} has no versions.")
        keys = _as_keys(row_keys)
        if keys.num_rows == 0:
            return
        with self._guard(), self._registered(keys):
            if table not in NOT_JUDGED:
                self._touch_superseded(table)
            done = self._count(
                f'UPDATE "{table}" SET superseded_by = {self.seq} '
                "WHERE superseded_by IS NULL AND row_key IN (SELECT row_key FROM incoming)"
            )
            if done != keys.num_rows:
                raise Conflict(
                    f"{keys.num_rows - done} of {keys.num_rows} rows of {table} are no longer current. "
                    "Read them again and repeat the change.",
                    expected_version=0,
                    current_version=None,
                )
            self._add_superseded(table)

    def touch(self, patient_keys: pa.Array | pa.ChunkedArray | Iterable[int]) -> None:
        """Say that these patients are concerned, beyond those whose facts were written."""
        keys = _as_keys(patient_keys)
        with self._guard(), self._registered(keys):
            self._touch("SELECT row_key FROM incoming")

    @property
    def touches(self) -> bool:
        """Whether facts of a patient were written so far; then the table `touching` has their keys."""
        return self._touching

    def note(self, before: object, after: object) -> None:
        """What the audit event shows as the values before and after; None for nothing."""
        self.before = None if before is None else audit.canonical_json(before)
        self.after = None if after is None else audit.canonical_json(after)

    # Set operations

    def stage(self, name: str, rows: Rows) -> None:
        """Make a temporary table of this transaction out of rows, for joins in `rows` and `arrow`."""
        if not _NAME.fullmatch(name) or name in {"touching", "incoming"}:
            raise Usage(f"{name!r} cannot name a staged table: small letters, digits and _ only.")
        with self._guard(), self._registered(_as_table(rows)):
            self._cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM incoming')

    def append(self, table: str, rows: pa.Table) -> int:
        """Add rows to a derived table, one that is not part of the record; return how many."""
        if table in _GUARDED or not _NAME.fullmatch(table):
            raise Usage(f"{table} can only be written by insert and supersede.")
        if rows.num_rows:
            with self._guard(), self._registered(rows):
                self._cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')
        return rows.num_rows

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Write to a table that is not part of the record (call, account, registry, staged tables).

        Returns the number of rows written. Raises Usage for a table of the record or the audit trail, which
        only `insert` and `supersede` may write.
        """
        targets = written_tables(sql)
        if targets & _GUARDED:
            raise Usage(
                f"{', '.join(sorted(targets & _GUARDED))} can only be written by insert and supersede."
            )
        with self._guard():
            count = self._count(sql, params)
        self._sealed |= targets & set(SEALED)
        return count

    def seal(self, table: str) -> None:
        """Let the audit event hold a digest of the whole table, so that `verify` finds edits by hand.

        One scan of the table. Until the next seal every other change to it counts as an edit by hand.
        """
        self._sealed.add(table)

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that sees what this change has written so far."""
        with self._guard():
            return self._cursor.execute(sql, list(params)).fetchall()

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """Like `rows`, as one Arrow table."""
        with self._guard():
            return self._cursor.arrow(sql, params)

    def batches(self, sql: str, rows_per_batch: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Like `arrow`, in batches of about `rows_per_batch`; read them all before the next statement."""
        with self._guard():
            yield from self._cursor.batches(sql, (), rows_per_batch)

    def columns(self, table: str) -> list[tuple[str, str]]:
        """(name, type) of the columns of a table, in order."""
        if table not in self._columns:
            with self._guard():
                self._columns[table] = self._cursor.columns(table)
        return self._columns[table]

    # For Database.change

    def finish(self) -> str:
        """Write the touched patients and return the digests of all rows, as JSON, for the audit event.

        Raises NadirError if a statement failed and the failure was swallowed: the transaction is lost.
        """
        if self._failed:
            raise NadirError("A part of this change failed, so nothing of it was stored.")
        with self._guard():
            if self._touching:
                done = self._count(
                    f"INSERT INTO touched SELECT DISTINCT patient_key, {self.seq} FROM touching"
                )
                if done:
                    self._written.add("touched")
                self._cursor.execute("DROP TABLE touching")
            wrote = {table: self._digest_of_written(table) for table in sorted(self._written)}
            sealed = {table: self._digest_of_all(table) for table in sorted(self._sealed)}
        superseded = {table: audit.as_digest(*sums) for table, sums in self._superseded.items()}
        return audit.rows_digest_json(wrote, superseded, sealed)

    def end(self) -> None:
        """From here on the object is of no use: the transaction is over."""
        self._open = False

    # Inside

    def _guard(self) -> AbstractContextManager[None]:
        return _Guard(self)

    def _registered(self, rows: pa.Table) -> AbstractContextManager[None]:
        return self._cursor.registered("incoming", rows)

    def _count(self, sql: str, params: Sequence[Any] = ()) -> int:
        found = self._cursor.execute(sql, list(params)).fetchall()
        return int(found[0][0]) if found and isinstance(found[0][0], int) else 0

    def _refuse_unknown(self, table: str, given: Sequence[str], known: Sequence[str]) -> None:
        wrong = [name for name in given if name not in known or name in TECHNICAL]
        if wrong:
            raise Usage(f"{table} takes no column {', '.join(wrong)}.")

    def _added_columns(self, table: str, incoming: pa.Table) -> str:
        """The technical columns as SQL, to stand before `*`."""
        if table in FACTS:
            added = [f"{self.last_row_key} + row_number() OVER () AS row_key", f"{self.seq} AS change_seq"]
            return ", ".join(added if "version" in incoming.column_names else [*added, "1 AS version"])
        added, key = [f"{self.seq} AS added_by_change"], f"{table}_key"
        if key not in incoming.column_names:
            highest = self._count(f'SELECT coalesce(max({key}), 0) FROM "{table}"')
            added.append(f"{highest} + row_number() OVER () AS {key}")
        return ", ".join(added)

    def _touch_patients_of(self, columns: Sequence[str]) -> None:
        key = next((name for name in _PATIENT_OF if name in columns), None)
        if key is not None:
            self._touch(f"SELECT DISTINCT patient_key FROM incoming {_PATIENT_OF[key]}")

    def _touch_superseded(self, table: str) -> None:
        key = next((name for name in _PATIENT_OF if name in dict(self.columns(table))), None)
        if key is not None:
            self._touch(
                f'SELECT DISTINCT patient_key FROM "{table}" {_PATIENT_OF[key]} '
                "WHERE row_key IN (SELECT row_key FROM incoming)"
            )

    def _touch(self, keys: str) -> None:
        """Remember the patients that the query gives; a change that touches nobody needs no table for it."""
        if not self._touching:
            self._cursor.execute("CREATE OR REPLACE TEMP TABLE touching (patient_key INTEGER)")
            self._touching = True
        self._cursor.execute(f"INSERT INTO touching {keys}")

    def _add_superseded(self, table: str) -> None:
        text = audit.row_text_sql([("row_key", "BIGINT")])
        _, *sums = self._cursor.execute(audit.digest_sql("incoming", text)).fetchall()[0]
        old = self._superseded.get(table, (0, 0, 0))
        count, lower, upper = (int(a) + int(b) for a, b in zip(old, sums, strict=True))
        self._superseded[table] = (count, lower, upper)

    def _digest_of_written(self, table: str) -> audit.Digest:
        by = "added_by_change" if table in ANCHORS else "change_seq"
        return self._digest(table, f"{by} = {self.seq}")

    def _digest_of_all(self, table: str) -> audit.Digest:
        return self._digest(table, "true")

    def _digest(self, table: str, where: str) -> audit.Digest:
        found = self._cursor.execute(
            audit.digest_sql(table, audit.row_text_sql(self.columns(table)), where)
        ).fetchall()
        return audit.as_digest(*found[0][1:]) if found else audit.NO_ROWS


class _Guard:
    """Refuses work after the end, and remembers that something failed even if the caller swallows it."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def __enter__(self) -> None:
        if not self._change._open:
            raise Usage("This change is over. Open a new one to write.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._change._failed = True


def written_tables(sql: str) -> set[str]:
    """The tables that a statement writes, makes or drops."""
    return {name.lower() for name in _WRITES.findall(sql)} - {"set"}  # ON CONFLICT DO UPDATE SET names none


def _as_table(rows: Rows) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def _as_keys(keys: pa.Array | pa.ChunkedArray | Iterable[int]) -> pa.Table:
    array = keys if isinstance(keys, (pa.Array, pa.ChunkedArray)) else pa.array(list(keys), pa.int64())
    return pa.table({"row_key": array.cast(pa.int64()).unique()})
