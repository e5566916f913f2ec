"""The only object that can write, alive inside one transaction of `Database.change`.

It adds the technical columns, remembers which patients were concerned, and adds up the digests that the
audit event of the transaction will hold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeAlias

import pyarrow as pa

from registry import sql as texts
from registry.errors import Conflict, NadirError, Usage
from registry.store import audit
from registry.store.cursor import Cursor
from registry.store.definitions import Definition, definitions
from registry.store.statement import read_statement, reads_only

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
    "comedication",
)
NOT_JUDGED = frozenset({"missing_value", "outcome", "sign", "proposal_answer", "comedication"})
"""Facts that the judge never reads: writing them makes no call stale."""
TECHNICAL = ("row_key", "change_seq", "superseded_by", "added_by_change")
SEALED = (
    "registry",
    "account",
    "account_role",
    "credential",
    "migration",
    "call",
    "other_lineage_call",
    "judging",
    "evidence_word",
    "review_secret",
    "review_case",
    "review_packet",
    "review_step",
    "review_read",
    "review_seat",
    "review_decision",
    "review_challenge",
    "value_query",
    "value_query_step",
    "programme",
)
"""Tables that decide what is shown and have no versions: the audit event of a write holds the digest of the whole.

It is carried on from the digest before it by what the write took away and put there, never taken anew: what somebody
else altered stays noticed, whatever is written afterwards.
"""
UNSEALED = {
    "draft": "what somebody has not saved yet: only its author reads it, and it expires",
    "review_claim": "what a reader has not signed yet, and until when a case is held: it decides nothing",
    "audit_event": "each event holds the digest of the one before it, and the anchor the last",
}
"""Tables without a digest of their own, each with the reason."""
KEYS = {
    "call": ("criteria_id", "course_key"),
    "other_lineage_call": ("criteria_id", "course_key"),
}
"""What names a row in tables that are too large for a key of the database."""

# Facts are appended, but observations are in the order in which they are judged.
STORED_ORDER = {"observation": "patient_key, observed_on, analyte, observation_id"}

# How to come from a fact to its patient.
_PATIENT_OF = {
    "patient_key": "",
    "episode_key": "JOIN episode USING (episode_key)",
    "course_key": "JOIN course USING (course_key) JOIN episode USING (episode_key)",
    "adverse_event_key": "JOIN adverse_event USING (adverse_event_key)",
}
_GUARDED = frozenset({*ANCHORS, *FACTS, "audit_event", "touched", "migration"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Replaced:
    """How many rows `Transaction.replace` added, changed and took away."""

    added: int = 0
    changed: int = 0
    gone: int = 0


class Transaction:
    """What a `with db.change(...) as change:` block writes with. `seq` is the number of its audit event."""

    def __init__(
        self,
        cursor: Cursor,
        seq: int,
        last_row_key: int,
        known: dict[str, Definition],
        may_write: Collection[str],
        action: str,
        sealed: Callable[[str], audit.Digest | None],
    ) -> None:
        """`known` is what the file defines of its tables; while it is empty it is asked for and filled.

        `may_write` are the tables that the action may write, `sealed` gives the digest that a sealed table had when
        the program last wrote it (None: it never did).
        """
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
        self._may_write = may_write
        self._action = action
        self._last_sealed = sealed
        self._sealed: dict[str, audit.Sums] = defaultdict(lambda: (0, 0, 0))
        self._removed_keys: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
        self.sealed: dict[str, audit.Digest] = {}
        """The digests of the sealed tables that were written, once the change is finished."""
        self._superseded: dict[str, tuple[int, int, int]] = {}
        self._definitions = known
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
        self._require(table)
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
        self._require(table)
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
        """Add rows to a table that is not part of the record; return how many."""
        if table in _GUARDED or not _NAME.fullmatch(table):
            raise Usage(f"{table} can only be written by insert and supersede.")
        self._require(table)
        if rows.num_rows:
            with self._guard(), self._registered(rows):
                if table in SEALED:
                    typed = texts.text("queries/rows_typed").format(
                        columns=self._typed(table, rows.column_names), source="incoming"
                    )
                    self._count_in(table, +1, f"({typed})")
                self._cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')
        return rows.num_rows

    def replace(
        self,
        table: str,
        rows: Rows,
        where: str,
        params: Sequence[Any] = (),
        *,
        ignoring: Sequence[str] = (),
    ) -> Replaced:
        """Let the rows of `table` that meet the condition `where` be exactly `rows`.

        New keys are inserted, those that are gone deleted, and only rows that differ are updated: a key that is
        deleted and inserted in one transaction ends the whole process when the disk is full. Columns that are left out
        become empty; a difference in the columns `ignoring` alone changes nothing.
        """
        if table in _GUARDED:
            raise Usage(f"{table} can only be written by insert and supersede.")
        self._require(table)
        incoming = _as_table(rows)
        key = self._key(table)
        names = [name for name, _ in self.columns(table)]
        if incoming.num_rows == 0:
            incoming = pa.table({name: pa.array([], pa.int64()) for name in key})
        parts = {
            "table": f'"{table}"',
            "where": where,
            "columns": self._typed(table, incoming.column_names, every=True),
            "same_key": " AND ".join(f'kept."{name}" = other."{name}"' for name in key),
            "differs": " OR ".join(
                f'kept."{name}" IS DISTINCT FROM other."{name}"'
                for name in names
                if name not in key and name not in ignoring
            )
            or "false",
            "sets": ", ".join(f'"{name}" = other."{name}"' for name in names if name not in key),
        }
        with self._guard(), self._registered(incoming):
            for step in ("wanted", "differing", "added"):
                self._cursor.execute(texts.text(f"queries/replace_{step}").format(**parts))
            if table in SEALED:
                for sign, source in ((-1, "gone"), (-1, "outdated")):
                    query = texts.text(f"queries/replace_{source}").format(**parts)
                    self._count_in(table, sign, f"({query})", params if source == "gone" else ())
                self._count_in(table, +1, "differing")
                self._count_in(table, +1, "added")
            gone = self._count(texts.text("queries/replace_delete").format(**parts), params)
            changed = added = 0
            if parts["sets"]:
                changed = self._count(texts.text("queries/replace_update").format(**parts))
            added = self._count(texts.text("queries/replace_insert").format(**parts))
            for step in ("wanted", "differing", "added"):
                self._cursor.execute(f"DROP TABLE {step}")
        return Replaced(added, changed, gone)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one INSERT INTO, UPDATE or DELETE FROM on a table that is not part of the record.

        Returns the number of rows written. Raises Usage for a table of the record or the audit trail, which only
        `insert` and `supersede` may write, for a table that the action does not write, for a statement whose table
        cannot be told, and where a key would be deleted and inserted in one transaction (use `replace`).
        """
        statement = read_statement(sql)
        table = statement.table
        if table in _GUARDED:
            raise Usage(f"{table} can only be written by insert and supersede.")
        self._require(table)
        key = self._definition(table).key
        if statement.kind == "update" and statement.sets & set(key):
            raise Usage(f"A key of {table} is never changed. Use replace.")
        with self._guard():
            if table in SEALED:
                self._count_in(table, -1, f'"{table}"')
            if key and statement.kind != "update":
                names = ", ".join(f'"{name}"' for name in key)
                keys = self._cursor.execute(f"{sql} RETURNING {names}", list(params)).fetchall()
                self._refuse_key_twice(table, statement.kind, keys)
                count = len(keys)
            else:
                count = self._count(sql, params)
            if table in SEALED:
                self._count_in(table, +1, f'"{table}"')
        return count

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that sees what this change has written so far."""
        _refuse_writing(sql)
        with self._guard():
            return self._cursor.execute(sql, list(params)).fetchall()

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """Like `rows`, as one Arrow table."""
        _refuse_writing(sql)
        with self._guard():
            return self._cursor.arrow(sql, params)

    def batches(self, sql: str, rows_per_batch: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Like `arrow`, in batches of about `rows_per_batch`; read them all before the next statement."""
        _refuse_writing(sql)
        with self._guard():
            yield from self._cursor.batches(sql, (), rows_per_batch)

    def columns(self, table: str) -> list[tuple[str, str]]:
        """(name, type) of the columns of a table, in order."""
        return self._definition(table).columns

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
            self.sealed = {table: self._carried_on(table) for table in sorted(self._sealed)}
        superseded = {table: audit.as_digest(*sums) for table, sums in self._superseded.items()}
        return audit.rows_digest_json(wrote, superseded, self.sealed)

    def end(self) -> None:
        """From here on the object is of no use: the transaction is over."""
        self._open = False

    # For migrations

    def whole_digests(self) -> dict[str, audit.Sums]:
        """The digests of all sealed tables that are there, as they are now."""
        with self._guard():
            return {table: self._sums(table, f'"{table}"', "true") for table in SEALED if self.columns(table)}

    def carry_on(self, before: Mapping[str, audit.Sums], after: Mapping[str, audit.Sums]) -> None:
        """Seal what a migration changed between two `whole_digests`, and what was never sealed."""
        for table, sums in after.items():
            differs = sums != before.get(table, (0, 0, 0))
            if differs or self._last_sealed(table) is None:
                self._sealed[table] = audit.added(sums, before.get(table, (0, 0, 0)), -1)

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
        return audit.as_digest(*self._sums(table, f'"{table}"', f"{by} = {self.seq}"))

    # Inside: sealed tables

    def _require(self, table: str) -> None:
        if table not in self._may_write:
            raise Usage(f"{self._action} does not write {table}.")

    def _count_in(self, table: str, sign: int, source: str, params: Sequence[Any] = ()) -> None:
        """Add the rows of `source` (with the columns of `table`) to what the change did to it, or take them away."""
        sums = self._sums(table, source, "true", params)
        self._sealed[table] = audit.added(self._sealed[table], sums, sign)

    def _carried_on(self, table: str) -> audit.Digest:
        last = self._last_sealed(table)
        if last is None:
            return audit.as_digest(*self._sums(table, f'"{table}"', "true"))
        return audit.as_digest(*audit.added(audit.sums(last), self._sealed[table], +1))

    def _sums(self, table: str, source: str, where: str, params: Sequence[Any] = ()) -> audit.Sums:
        query = audit.digest_of(source, audit.row_text_sql(self.columns(table)), where)
        found = self._cursor.execute(query, list(params)).fetchall()
        return (int(found[0][1]), int(found[0][2] or 0), int(found[0][3] or 0)) if found else (0, 0, 0)

    def _typed(self, table: str, given: Collection[str], *, every: bool = False) -> str:
        """The columns of `table` as they are stored, out of rows with the columns `given`; `every` adds empty ones."""
        kinds = self.columns(table)
        unknown = set(given) - {name for name, _ in kinds}
        if unknown:
            raise Usage(f"{table} takes no column {', '.join(sorted(unknown))}.")
        defaults = self._definition(table).defaults
        parts = []
        for name, kind in kinds:
            if name in given:
                parts.append(f'CAST("{name}" AS {kind}) AS "{name}"')
            else:
                empty = "NULL" if every else defaults.get(name) or "NULL"
                parts.append(f'CAST({empty} AS {kind}) AS "{name}"')
        return ", ".join(parts)

    def _definition(self, table: str) -> Definition:
        """What the file defines of a table; nothing, where there is none of this name."""
        if not self._definitions:
            with self._guard():
                self._definitions |= definitions(lambda query: self._cursor.execute(query).fetchall())
        return self._definitions.get(table, Definition([], {}))

    def _key(self, table: str) -> tuple[str, ...]:
        key = KEYS.get(table) or self._definition(table).key
        if not key:
            raise Usage(f"{table} has no key, so its rows cannot be replaced.")
        return key

    def _refuse_key_twice(self, table: str, kind: str, keys: Iterable[tuple[Any, ...]]) -> None:
        if kind == "delete":
            self._removed_keys[table].update(keys)
        elif not self._removed_keys[table].isdisjoint(keys):
            raise Usage(
                f"A key of {table} was deleted and inserted in one transaction, which ends the program when the "
                "disk is full. Use replace."
            )


class _Guard:
    """Refuses work after the end, and remembers that something failed even if the caller swallows it."""

    def __init__(self, change: Transaction) -> None:
        self._change = change

    def __enter__(self) -> None:
        if not self._change._open:
            raise Usage("This change is over. Open a new one to write.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._change._failed = True


def _refuse_writing(sql: str) -> None:
    if not reads_only(sql):
        raise Usage("This is no query: it would write.")


def _as_table(rows: Rows) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def _as_keys(keys: pa.Array | pa.ChunkedArray | Iterable[int]) -> pa.Table:
    array = keys if isinstance(keys, (pa.Array, pa.ChunkedArray)) else pa.array(list(keys), pa.int64())
    return pa.table({"row_key": array.cast(pa.int64()).unique()})
