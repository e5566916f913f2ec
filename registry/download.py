"""A table that leaves the registry: permitted, audited, and harmless when a spreadsheet opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.database import Database
from registry.roles import Action, Actor, Sites

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The rows as CSV with a header; what is missing is empty, dates are ISO.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text)  # CRLF, as RFC 4180 has it: then a bare CR in a cell is quoted too
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value)


def download(
    db: Database,
    actor: Actor,
    subject: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    site: Sites = None,
    of_patients: bool = True,
) -> bytes:
    """The rows as CSV in UTF-8, with an audit event that says who took what.

    `of_patients` rows need the right to export at `site`; figures without patients only that for aggregates.
    Raises NotPermitted.
    """
    action = Action.EXPORT if of_patients else Action.EXPORT_AGGREGATE
    with db.change(actor, action, subject, site=site) as change:
        change.note(None, {"rows": len(rows), "columns": list(columns)})
    return csv_text(rows, columns).encode("utf-8")
