"""The versions of one fact: which there are, which is current, and what any of them says, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from registry import sql
from registry.record import tables
from registry.record.relations import ANCHOR_OF
from registry.record.storing import PARENT_OF

Reader = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs a query with parameters: `Database.rows` or `Transaction.rows`."""
Values = Mapping[str, Any]


class Version(NamedTuple):
    """One version of a fact. `superseded_by` is the change that replaced or withdrew it; None while it is current."""

    row_key: int
    number: int
    change_seq: int
    superseded_by: int | None


class Author(NamedTuple):
    """Who made a change, when (UTC) and why."""

    name: str
    at: datetime
    reason: str | None


def text(value: object) -> str | None:
    """A value as it would be in a file of the bundle."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def versions(read: Reader, table: str, identity: Values) -> list[Version]:
    """Every version of a fact, oldest first; empty if there never was such a fact."""
    condition = condition_of(read, identity)
    if condition is None:
        return []
    where, params = condition
    query = (
        f"SELECT row_key, version, change_seq, superseded_by FROM {tables.stored_in(table)} AS f "
        f"WHERE {where} ORDER BY version"
    )
    return [Version(*row) for row in read(query, params)]


def values_of(read: Reader, table: str, row_key: int) -> dict[str, str | None]:
    """What one version says, current or not: every column of the bundle, as text."""
    stored = tables.stored_in(table)
    columns = [name for (name,) in read(sql.text("queries/table_columns"), [stored])]
    [row] = read(f"SELECT * FROM {stored} WHERE row_key = $1", [row_key])
    found = dict(zip(columns, row, strict=True))
    if table == "observation":
        found["observed_at"] = _reported(found)
    values = {**found, **_ids(read, table, found)}
    return {name: text(values.get(name)) for name in tables.described(table).names}


def author_of(read: Reader, seq: int) -> Author | None:
    """Who made change `seq`."""
    found = read("SELECT actor, recorded_at, reason FROM audit_event WHERE seq = $1", [seq])
    return Author(*found[0]) if found else None


def key_of(read: Reader, anchor: str, name: object) -> int | None:
    """The key of a patient, episode, course or adverse event; None if it was never known."""
    found = read(f"SELECT {anchor}_key FROM {anchor} WHERE {anchor}_id = $1", [name])
    return int(found[0][0]) if found else None


def known_keys(read: Reader, values: Values) -> dict[str, int | None]:
    """The keys of the anchors that `values` name, by column; None for an anchor that is not known."""
    return {
        f"{anchor}_key": key_of(read, anchor, values[column])
        for column, anchor in ANCHOR_OF.items()
        if values.get(column) is not None
    }


def condition_of(read: Reader, identity: Values) -> tuple[str, list[Any]] | None:
    """The rows `f` of a fact as an SQL condition with its parameters; None if an anchor is not known."""
    keys = known_keys(read, identity)
    parts, params = [], []
    for name, value in identity.items():
        key = f"{ANCHOR_OF[name]}_key" if name in ANCHOR_OF else None
        if key is not None and keys.get(key) is None:
            return None
        params.append(value if key is None else keys[key])
        parts.append(f"f.{key or name} = ${len(params)}")
    return " AND ".join(parts), params


def is_current(read: Reader, anchor: str, key: int) -> bool:
    """Whether the fact of an anchor stands, that is, was not withdrawn."""
    query = f"SELECT 1 FROM {anchor}_fact WHERE {anchor}_key = $1 AND superseded_by IS NULL"
    return bool(read(query, [key]))


def _ids(read: Reader, table: str, found: Values) -> dict[str, str]:
    """The ids of the anchors that a stored row hangs on, and of the parent of its own anchor."""
    named = [column for column in tables.described(table).names if column in ANCHOR_OF]
    keys = {f"{ANCHOR_OF[column]}_key": found.get(f"{ANCHOR_OF[column]}_key") for column in named}
    parent = PARENT_OF.get(table)
    if parent is not None:
        query = f"SELECT {parent}_key FROM {table} WHERE {table}_key = $1"
        keys[f"{parent}_key"] = read(query, [found[f"{table}_key"]])[0][0]
    return {
        column: read(
            f"SELECT {column} FROM {ANCHOR_OF[column]} WHERE {ANCHOR_OF[column]}_key = $1",
            [keys[f"{ANCHOR_OF[column]}_key"]],
        )[0][0]
        for column in named
    }


def _reported(found: Values) -> str:
    """The day or time of an observation as the source wrote it."""
    at, minutes = found["observed_at"], found["utc_offset_minutes"]
    if at is None:
        return str(found["observed_on"].isoformat())
    if minutes is None:
        return str(at.isoformat())
    return str(at.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes))).isoformat())
