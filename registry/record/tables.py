"""Facts under the names of the bundle: which table stores them, and how the current ones are read."""

from __future__ import annotations

from collections.abc import Mapping

from registry.errors import Usage
from registry.record.columns import Table
from registry.record.fields import TABLES
from registry.store.transaction import ANCHORS

# Columns that a view shows under another name in the words of the bundle.
_SHOWN_AS = {
    ("observation", "observed_at"): "observed_at_reported",
    ("course", "line_number"): "line_number_supplied",
}


def described(name: str) -> Table:
    """The columns of a table of the bundle; raises Usage for a name that is none."""
    if name not in TABLES:
        raise Usage(f"{name} is not a table of the bundle. There are: {', '.join(TABLES)}.")
    return TABLES[name]


def fact_id(name: str, values: Mapping[str, str | None]) -> str:
    """What names a fact within its patient and table, in one text: `C1/prednisolone/2025-01-01`.

    As fact_name_view says it.
    """
    identity = [column for column in described(name).identity if column != "patient_id"] or ["patient_id"]
    return "/".join(values.get(column) or "" for column in identity)


def stored_in(name: str) -> str:
    """The fact table behind a table of the bundle: `course` is stored in `course_fact`."""
    return f"{name}_fact" if name in ANCHORS else name


def shown(name: str, column: str) -> str:
    """The column of `<name>_view` that holds a column of the bundle."""
    return _SHOWN_AS.get((name, column), column)


COUNTED = "SELECT patient_key FROM counted_patient_view"
"""The patients who may stand in an export."""
_WHOSE = {
    "course_agent": "v.course_key IN (SELECT course_key FROM course JOIN episode USING (episode_key) "
    f"WHERE patient_key IN ({COUNTED}))",
    "denominator": "true",
}
"""Which rows of a table are of patients who may stand in an export, where they do not name the patient themselves."""


def exported(name: str, *, as_text: bool) -> str:
    """Like `current`, without the facts of whoever refused or withdrew consent."""
    whose = _WHOSE.get(name, f"v.patient_key IN ({COUNTED})")
    query, _, order = current(name, as_text=as_text).rpartition(" ORDER BY ")
    return f"{query} WHERE {whose} ORDER BY {order}"


def current(name: str, *, as_text: bool, with_row_key: bool = False) -> str:
    """SQL for the current facts: exactly the columns of the bundle, in its order, rows by identity.

    As text, every value is written as in a CSV file: dates ISO, nothing recorded NULL. The row key, which
    never leaves the registry, stands after them if asked for.
    """
    table = described(name)
    cast = "::VARCHAR" if as_text else ""
    columns = ", ".join(f'"{shown(name, one)}"{cast} AS "{one}"' for one in table.names)
    if with_row_key:
        columns += ", v.row_key"
    order = ", ".join(f'v."{shown(name, one)}"' for one in table.identity)
    return f"SELECT {columns} FROM {name}_view AS v ORDER BY {order}"
