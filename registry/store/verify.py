"""Is the stored registry what was written? Every answer is a list of problems; an empty one means yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from registry import sql
from registry.errors import Damaged, Problem
from registry.roles import Action
from registry.store import anchor, audit, migrations
from registry.store.definitions import definitions
from registry.store.transaction import ANCHORS, FACTS
from registry.wording import file_moment

ALTERED_OUTSIDE = "altered_outside"
"""The event with which the program remembers that the file was changed outside it."""
ANCHOR_HEALED = "anchor_healed"
"""The event with which the program remembers that a crash had cut off the anchor's last line."""
OUTSIDE = "another program changed the file"
Reader = Callable[[str], list[tuple[Any, ...]]]
Columns = Mapping[str, Sequence[tuple[str, str]]]

RESTORE = "Restore a backup with `nadir restore`, or find out who changed the file"
_REMEDIES = {"checks/packet_altered": f"{RESTORE}."}
"""Of checks that find what is no fact: no amending mends it."""


def record_problems(
    rows: Reader, marks: Sequence[str], place: str, *, kept: tuple[int, str] | None = None
) -> list[Problem]:
    """Everything wrong in an open registry.

    `rows` runs a query, `marks` are the lines of the anchor, `place` is the name of the database file, `kept` number
    and digest of an event as somebody keeps them elsewhere.
    Looks at the chain of events, at the digests of all rows, at the anchor, at the migrations, at the
    definitions of tables and views, and at every query in sql/checks. A registry of an older edition is measured by
    that edition: what only later ones have is not asked for.
    """
    try:
        older = bool(migrations_left(rows))
    except Damaged as error:
        return [Problem(place, None, "migration", None, str(error), "")]
    events = rows(f"SELECT {', '.join(audit.COLUMNS)} FROM audit_event ORDER BY seq")
    digests = {int(row[0]): str(row[-1]) for row in events}
    says = {int(row[0]): str(row[audit.COLUMNS.index("rows_digest")]) for row in events}
    unreadable = [seq for seq, text in says.items() if not audit.is_rows_digest(text)]
    says = {seq: text for seq, text in says.items() if seq not in unreadable}
    problems = [
        _problem(place, "audit_event", seq, "the row counts of the event cannot be read")
        for seq in unreadable
    ]
    problems += [
        _problem(place, "audit_event", one.seq, f"the audit trail is broken: {one.what}")
        for one in audit.breaks(events)
    ]
    problems += _anchor_problems(place, marks, digests)
    if kept is not None and digests.get(kept[0]) != kept[1]:
        what = (
            "is not the one whose hash was kept"
            if kept[0] in digests
            else "is missing: this is an older state"
        )
        problems.append(_problem(place, "audit_event", kept[0], f"event {kept[0]} {what}"))
    columns = {table: definition.columns for table, definition in definitions(rows).items()}
    problems += _row_problems(rows, place, says, columns)
    problems += _sealed_problems(rows, place, says, columns)
    problems += _outside_problems(place, events)
    problems += _catalogue_problems(rows, place)
    problems += _check_problems(rows, place, older=older)
    return problems


def file_problems(database: Path, marks: Sequence[str]) -> list[Problem]:
    """What can be told from the bytes of a database that nobody has open: read before connecting."""
    last = _last_mark(marks)
    if last is None or last.kind is not anchor.Kind.CLOSED:
        return []
    problems = []
    if last.file_digest is not None and anchor.file_digest(database) != last.file_digest:
        problems.append(_problem(str(database), None, None, "the file is not as it was when it was closed"))
    log = Path(f"{database}.wal")
    if log.exists() and log.stat().st_size > 0:
        problems.append(
            _problem(str(log), None, None, "a write-ahead log stands beside a registry that was closed")
        )
    return problems


def database_version(rows: Reader) -> str:
    """The version of the database, which words definitions in its own way."""
    return str(rows("SELECT system.main.version()")[0][0])


def catalogue_digest(rows: Reader) -> str:
    """SHA-256 over the version of the database and the definitions of all tables, views, indexes and functions."""
    words = {f"{kind} {name}": str(text) for kind, name, text in rows(sql.text("queries/catalogue"))}
    return f"{database_version(rows)} {migrations.views_digest(words)}"


def _anchor_problems(place: str, marks: Sequence[str], digests: Mapping[int, str]) -> Iterator[Problem]:
    where = f"{place}.anchor"
    head = max(digests, default=0)
    if not marks:
        yield _problem(where, None, None, "the anchor is missing, so lost changes cannot be noticed")
    last = 0
    for number, line in enumerate(marks, 1):
        try:
            mark = anchor.read(line)
        except ValueError as error:
            if not line.endswith("\n") and any(
                anchor.is_beginning(line, seq, digests.get(seq, ""))
                for seq in (last, last + 1)
                if seq <= head
            ):
                continue  # a crash cut off what was to say that a change is stored, and the chain holds that change
            yield _problem(where, None, number, f"a line of the anchor is not readable: {error}")
            continue
        last = mark.seq
        if mark.seq > head:
            yield _problem(
                where,
                None,
                number,
                f"changes are lost: event {mark.seq} was stored, the registry ends at {head}",
            )
        elif mark.seq and digests.get(mark.seq) != mark.digest:
            yield _problem(where, None, number, f"event {mark.seq} is not the one that was stored")
    if marks and head > last + 1:
        yield _problem(where, None, None, f"the anchor ends at event {last}, the registry at {head}")


def _row_problems(rows: Reader, place: str, says: Mapping[int, str], columns: Columns) -> Iterator[Problem]:
    """Rows that no longer agree with the event that wrote them, and rows that no event wrote."""
    superseded_text = audit.row_text_sql([("row_key", "BIGINT")])
    for table in (*ANCHORS, *FACTS, "touched"):
        if table not in columns:
            continue  # a migration is missing, which is said elsewhere
        by = "added_by_change" if table in ANCHORS else "change_seq"
        text = audit.row_text_sql(columns[table])
        yield from _compare(rows, place, table, says, "wrote", audit.digest_sql(table, text, by=by))
        if table in FACTS:
            query = audit.digest_sql(table, superseded_text, "superseded_by IS NOT NULL", "superseded_by")
            yield from _compare(rows, place, table, says, "superseded", query)


def _compare(
    rows: Reader, place: str, table: str, says: Mapping[int, str], kind: str, query: str
) -> Iterator[Problem]:
    found = {seq: audit.as_digest(*rest) for seq, *rest in rows(query)}
    expected = {}
    for seq, text in says.items():
        digest = audit.read_rows_digest(text, kind).get(table)
        if digest is not None and digest != audit.NO_ROWS:
            expected[seq] = digest
    for seq in sorted({*found, *expected}, key=lambda one: -1 if one is None else one):
        want, have = expected.get(seq, audit.NO_ROWS), found.get(seq, audit.NO_ROWS)
        if want != have:
            what = f"event {seq} {kind} {want[0]} rows, {have[0]} are there" + (
                ", and their values differ" if want[0] == have[0] else ""
            )
            yield _problem(place, table, seq, what)


def _sealed_problems(
    rows: Reader, place: str, says: Mapping[int, str], columns: Columns
) -> Iterator[Problem]:
    latest: dict[str, tuple[int, audit.Digest]] = {}
    for seq, text in says.items():
        for table, digest in audit.read_rows_digest(text, "sealed").items():
            latest[table] = (seq, digest)
    for table, (seq, want) in sorted(latest.items()):
        if table not in columns:
            yield _problem(place, table, seq, "the table is gone")
            continue
        text = audit.row_text_sql(columns[table])
        found = rows(audit.digest_sql(table, text))
        have = audit.as_digest(*found[0][1:]) if found else audit.NO_ROWS
        if want != have:
            yield _problem(place, table, seq, f"the table is not as event {seq} left it")


def migrations_left(rows: Reader) -> list[migrations.Migration]:
    """The migrations that a registry of an older edition lacks; raises Damaged for one of a newer edition."""
    return migrations.pending(
        [
            (row[0], row[1], row[2])
            for row in rows("SELECT number, name, digest FROM migration ORDER BY number")
        ]
    )


def _outside_problems(place: str, events: Sequence[Sequence[Any]]) -> Iterator[Problem]:
    """That the file was once found changed outside the program, unless it was taken in with a restore since."""
    action, seq, at = (audit.COLUMNS.index(name) for name in ("action", "seq", "recorded_at"))
    restored = max((row[seq] for row in events if row[action] == Action.RESTORE), default=0)
    for row in events:
        if row[action] == ALTERED_OUTSIDE and row[seq] > restored:
            yield Problem(
                place,
                row[seq],
                "audit_event",
                None,
                f"{OUTSIDE} before {file_moment(row[at])}",
                f"{RESTORE}. If nothing else is found, copy the file alone elsewhere and restore it from there.",
            )


def _catalogue_problems(rows: Reader, place: str) -> Iterator[Problem]:
    stored = rows("SELECT value FROM registry WHERE key = 'catalogue'")
    found = catalogue_digest(rows)
    # The words of the database change with its version; that it has no function or type of its own does not.
    own = [kind for kind, *_ in rows(sql.text("queries/catalogue")) if kind in ("macro", "type", "sequence")]
    same_version = bool(stored) and stored[0][0].split()[0] == found.split()[0]
    if own or (same_version and stored[0][0] != found):
        yield _problem(place, None, None, "a table, view or function is not defined as it was")


def _check_problems(rows: Reader, place: str, *, older: bool) -> Iterator[Problem]:
    for name in sql.names("checks"):
        query = sql.text(name)
        try:
            found = rows(query)
        except (duckdb.BinderException, duckdb.CatalogException):
            if older:
                continue  # it asks for what only later editions have
            raise
        what = query.splitlines()[0].removeprefix("--").strip()
        for row in found[:20]:
            yield Problem(
                place,
                None,
                name.removeprefix("checks/"),
                ", ".join(str(value) for value in row),
                what,
                _REMEDIES.get(name, "Amend or withdraw the fact that is wrong."),
            )
        if len(found) > 20:
            yield Problem(
                place, None, name.removeprefix("checks/"), str(len(found)), what, "Only 20 are listed."
            )


def _last_mark(marks: Sequence[str]) -> anchor.Mark | None:
    try:
        return anchor.read(marks[-1]) if marks else None
    except ValueError:
        return None


def _problem(file: str, table: str | None, row: int | None, what: str) -> Problem:
    return Problem(file, row, table, None, what, f"{RESTORE}.")
