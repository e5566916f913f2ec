"""Checked rows become rows of the record: their keys, what is stored of them already, and the writing.

An import of a million rows and the saving of one form go through here alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry import sql
from registry.record.checking import Checked
from registry.record.relations import ANCHOR_OF, Related
from registry.record.row_verdict import IDENTICAL, INSERT, NEW_VERSION, REFUSED
from registry.record.tables import stored_in
from registry.store.transaction import ANCHORS, Transaction

Keys = Mapping[str, NDArray[np.int64]]
"""The keys of the ids in every table, by `table.column`."""

PARENT_OF = {"episode": "patient", "course": "episode", "adverse_event": "patient"}
_KEY_OF = {column: f"{anchor}_key" for column, anchor in ANCHOR_OF.items()}


@dataclass
class Taken:
    """The verdict on every row of a table, and the version that it becomes and the row that it replaces (-1: none)."""

    checked: Checked
    verdict: NDArray[np.int8]
    version: NDArray[np.int16]
    replaces: NDArray[np.int64]


# Keys


def keys_of(
    change: Transaction, checked: Mapping[str, Checked], related: Related
) -> dict[str, NDArray[np.int64]]:
    """The keys of the ids in every table, by `table.column`; new anchors get the next ones.

    New ids take keys in the order of their text, so that the order of rows makes no difference.
    """
    for kind, anchors in related.anchors.items():
        new = np.flatnonzero(anchors.new)
        if not len(new):
            continue
        highest = change.rows(sql.text("queries/intake_highest_key").format(anchor=kind))[0][0]
        anchors.key[new] = highest + 1 + np.arange(len(new))
    return {
        f"{name}.{column}": related.anchors[anchor].key_at(one.rows[column])
        for name, one in checked.items()
        for column, anchor in ANCHOR_OF.items()
        if column in one.rows.column_names
    }


def fact_rows(name: str, one: Checked, keys: Keys) -> pa.Table:
    """The rows with keys in place of the ids of anchors."""
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for column in one.rows.column_names:
        if column not in ANCHOR_OF:
            columns[column] = one.rows[column]
        elif not (name in PARENT_OF and column == f"{PARENT_OF[name]}_id"):
            columns[_KEY_OF[column]] = pa.array(keys[f"{name}.{column}"])
    return pa.table(columns)


# Comparing


def latest(change: Transaction, one: Checked, keys: Keys) -> Iterator[tuple[int, int, int, bool]]:
    """(position, row_key, version, current) of the latest version of every row's fact that is stored.

    For a few rows: the join reads only what is near their keys.
    """
    rows = fact_rows(one.table.name, one, keys)
    identity = [_KEY_OF.get(column, column) for column in one.table.identity]
    change.stage(
        "intake_rows", rows.select(identity).append_column("position", pa.array(np.arange(rows.num_rows)))
    )
    query = sql.text("queries/latest_versions").format(
        table=stored_in(one.table.name), identity=", ".join(identity)
    )
    for position, row_key, version, current in change.rows(query):
        yield int(position), int(row_key), int(version), bool(current)


def compare(change: Transaction, one: Checked, keys: Keys, only_new: bool, imported_before: bool) -> Taken:
    """What would happen to every row, found by one join with the latest versions of the same facts.

    A row of a file that was imported before changes nothing where an older version says what it says.
    """
    name, size = one.table.name, one.rows.num_rows
    taken = Taken(
        one,
        np.where(one.wrong, np.int8(REFUSED), np.int8(INSERT)),
        np.ones(size, np.int16),
        np.full(size, -1, np.int64),
    )
    fact = stored_in(name)
    if not size or not change.rows(sql.text("queries/intake_any").format(table=fact)):
        return taken
    rows = fact_rows(name, one, keys)
    passing = pa.array(~one.wrong)
    identity = [_KEY_OF.get(column, column) for column in one.table.identity]
    content = [column for column in rows.column_names if column not in identity]
    change.stage("intake_rows", rows.append_column("position", pa.array(np.arange(size))).filter(passing))
    same = " AND ".join(f"intake_rows.{column} IS NOT DISTINCT FROM latest.{column}" for column in content)
    if name == "observation":  # a preliminary result that comes late does not stand in place of the final one
        final = "coalesce(latest.status, 'final') IN ('final', 'corrected')"
        same = f"({same}) OR (coalesce(intake_rows.status, '') = 'preliminary' AND {final})"
    said = " AND ".join(
        f"intake_rows.{column} IS NOT DISTINCT FROM older.{column}" for column in (*identity, *content)
    )
    older = f"EXISTS (SELECT 1 FROM {fact} AS older WHERE older.superseded_by IS NOT NULL AND {said})"
    found = change.arrow(
        sql.text("queries/intake_compare").format(
            table=fact,
            identity=", ".join(identity),
            same=same or "true",
            said_before=older if imported_before else "false",
        )
    )
    at = found["position"].to_numpy()
    unchanged = found["is_same"].to_numpy() | found["was_said_before"].to_numpy() | only_new
    taken.verdict[at] = np.where(unchanged, IDENTICAL, NEW_VERSION)
    taken.version[at] = found["version"].to_numpy() + 1
    current = found["is_current"].to_numpy()
    taken.replaces[at[current]] = found["row_key"].to_numpy()[current]
    return taken


# Storing


def store(change: Transaction, taken: Taken, keys: Keys, related: Related) -> None:
    """Write the new facts and new versions of a table, after those of the tables that they hang on."""
    name = taken.checked.table.name
    if name in ANCHORS:
        _store_anchors(change, taken.checked, keys, related)
    versions = taken.verdict == NEW_VERSION
    fact = stored_in(name)
    rows = fact_rows(name, taken.checked, keys).append_column("version", pa.array(taken.version))
    written = rows.filter(pa.array(versions | (taken.verdict == INSERT)))
    replaced = taken.replaces[versions & (taken.replaces >= 0)]
    change.supersede(fact, pa.array(replaced))
    order = [(_KEY_OF.get(column, column), "ascending") for column in taken.checked.table.identity]
    change.insert(fact, written if name == "observation" else written.sort_by(order))


def _store_anchors(change: Transaction, one: Checked, keys: Keys, related: Related) -> None:
    """The anchors that these rows bring for the first time."""
    name = one.table.name
    anchors, ids = related.anchors[name], one.rows[f"{name}_id"]
    new = np.append(anchors.new, False)[anchors.at(ids)] & ~one.wrong
    columns = {f"{name}_key": pa.array(keys[f"{name}.{name}_id"]), f"{name}_id": ids}
    if name in PARENT_OF:
        parent = PARENT_OF[name]
        columns[f"{parent}_key"] = pa.array(keys[f"{name}.{parent}_id"])
    change.insert(name, pa.table(columns).filter(pa.array(new)).sort_by(f"{name}_key"))
